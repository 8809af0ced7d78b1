"""A workspace opened: its settings, its database, its plan and everything that is built from them."""

import contextlib
import datetime
import functools
import itertools
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from policies import copies, database, file_names, plan, whole
from policies.dates import WorkCalendar
from policies.notices import Notice, notice, of_system
from policies.plan import Plan, Touchpoint
from servicing.core import errors, keyed_digests, models, settings_file
from servicing.core.settings import General, Settings
from servicing.messages.text_files import name_of
from servicing.operations import ownership, verdict, working_days

if TYPE_CHECKING:  # each is loaded by the commands that ask for it
    from policies.clock import Rules
    from policies.commission import Table
    from policies.importing.mapping.mapping import Mapping as FileMapping
    from policies.satisfaction import Name
    from policies.survey import Question
    from policies.tier import Scorecard
    from servicing.callbacks.calling import House
    from servicing.callbacks.letters import Printer
    from servicing.callbacks.links.sending import Post
    from servicing.cases.ground import Ground
    from servicing.core.context import TouchpointContext
    from servicing.core.keys import Ring
    from servicing.dispatch.claims import Dispatcher
    from servicing.dispatch.rate_limit import Wall
    from servicing.leads.asking import AskRules
    from servicing.messages.asking import Asking
    from servicing.messages.templates import Composer
    from servicing.messages.waiting import Writer
    from servicing.schedule.handoff import Others
    from servicing.schedule.materialize import Walker
    from servicing.surveys.answering import Surveys
    from servicing.tiers.scoring import Rules as Tiering
    from servicing.tiers.stages import Stages

UNSIGNED = "specimen"
"""Signs the link of a text that is written to nobody, and leads nowhere."""


class Keeper(Protocol):
    """Sees to it that a process which never ends works by the files as they are."""

    def current(self) -> "Workspace":
        """The workspace as its files are now."""


class Workspace:
    """The ground that the commands work on; its parts are read when they are first asked for."""

    def __init__(self, home: Path, own: Settings, locale: str = "", keys_said: str = "") -> None:
        self.home = home
        self.keys_said = keys_said
        """The keys that the environment names, with blanks between; empty: those of the file."""
        self.settings = own
        self.locale = locale or own.servicing.locale
        """The language of those who read here."""
        self.others: Others | None = None
        """The workers who take work over from this process; None: it does all of it."""
        self.keeper: Keeper | None = None
        """Who reads its files anew when they change; None: what was read stays."""

    def current(self) -> "Workspace":
        """The workspace to work with from now on: itself, unless it is kept up to date."""
        return self.keeper.current() if self.keeper else self

    def open(self, is_restoring: bool = False) -> None:
        """Connect the database and bring its schema up to date; raises `UnusableDatabase`.

        `is_restoring`: a restore that was interrupted is about to be done once more.
        """
        general = self.settings.servicing
        database.connect(general.database, self.home)
        if database.pending(models.ALL_MIGRATIONS):
            ownership.bring_up_to_date(general, self.home, "older_database")
        keyed_digests.held_by(self._key_of_erasures)
        if not is_restoring and copies.is_unfinished():
            raise errors.UnusableDatabase("restore_unfinished")

    @property
    def country(self) -> str:
        """The country whose working days and phone numbers the book has."""
        return self.settings.servicing.country

    @cached_property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The book's time zone."""
        return self.settings.servicing.zone

    @cached_property
    def calendar(self) -> WorkCalendar:
        """The working days of the book's country, or of its part."""
        return working_days.of(self.country, self.settings.servicing.subdivision)

    @cached_property
    def clocks(self) -> "Rules":
        """The clocks of the book's country; raises `BadRule` for a file of ours that is wrong."""
        from policies import clock

        return clock.of(self.country, self.home)

    @property
    def asking(self) -> "AskRules":
        """By what is decided which clients may be asked whom they know."""
        from servicing.leads.asking import AskRules

        return AskRules(self.settings.leads, self.ground.free_look_until)

    @cached_property
    def commissions(self) -> "Table | None":
        """The company's table of commissions; None: it has put none there, and no income is told.

        Raises `BadCommissions` for one that is wrong.
        """
        from policies import commission

        return commission.of_workspace(self.home)

    @property
    def usable_commissions(self) -> "Table | None":
        """The same for a page of work: None for a file that is wrong, too, since work goes on."""
        with contextlib.suppress(errors.BadCommissions, errors.UnreadableFile):
            return self.commissions
        return None

    @cached_property
    def ground(self) -> "Ground":
        """What cases stand on; their kinds are read when they are first asked for."""
        from servicing.cases.ground import Ground

        free_look = self.settings.servicing.product_free_look_days
        return Ground(self.home, self.country, self.clocks, self.calendar, free_look, self.zone)

    @cached_property
    def house(self) -> "House":
        """By what clients are called back; raises `BadQuestionSet` for questions that are wrong."""
        from policies import interview, question_set
        from servicing.callbacks.calling import QUESTIONS, House

        asked = interview.load(question_set.find(QUESTIONS, self.home))
        return House(self.ground, self.settings.callbacks, self.zone, asked, self.locale)

    def post(self) -> "Post":
        """By what links to call-backs are sent; its providers are its own, to be closed."""
        from servicing.callbacks.links.sending import Post
        from servicing.channels import directory

        carriers = directory.of(self.settings, self.home)
        public_url, company = self.settings.web.public_url, self.settings.servicing.company
        key = self.keys.callback_key if public_url else ""
        return Post(self.house, carriers, key, public_url, company)

    def printer(self) -> "Printer":
        """By what letters to clients whom no call has reached are written."""
        from servicing.callbacks.letters import Printer

        general = self.settings.servicing
        return Printer(self.house, self.home / "outbox", general.company, general.hotline)

    @cached_property
    def composer(self) -> "Composer":
        """The workspace's words."""
        return self.composer_for(lambda: self.plan_alone)

    def composer_for(self, plan_of: Callable[[], Plan], first: Path | None = None) -> "Composer":
        """Words for a plan, those of the folder `first` before the workspace's."""
        from servicing.channels import directory
        from servicing.messages.templates import Composer

        approved = directory.approved(self.settings)
        return Composer(
            self.home, self.settings.servicing, approved, first, self.questions_of(plan_of)
        )

    @cached_property
    def surveys(self) -> "Surveys":
        """By what answers to surveys are taken."""
        from servicing.surveys.answering import Surveys

        return Surveys(self.ground, self.zone, self.locale, self.question)

    def question(self, figure: "Name") -> "Question":
        """What a survey asks; raises `BadQuestionSet` for a file that is wrong."""
        from policies import survey

        return survey.load(figure, self.home)

    def questions_of(self, plan_of: Callable[[], Plan]) -> "Asking":
        """What the surveys of a plan ask, and where their links lead."""
        from servicing.messages.asking import Asking
        from servicing.messages.placeholders import SPECIMEN_KEY

        @functools.cache
        def question_of(key: str) -> "Question | None":
            if key == SPECIMEN_KEY:
                return self.question("csat")
            touchpoint = plan_of().touchpoint(key)
            return self.question(touchpoint.survey) if touchpoint and touchpoint.survey else None

        return Asking(question_of, self._survey_link)

    def _survey_link(self, context: "TouchpointContext") -> str:
        from servicing.surveys import signed

        public_url = self.settings.web.public_url
        if not public_url:
            return ""
        key = self.keys.survey_key if context.touchpoint_id else UNSIGNED
        return signed.url(public_url, key, context)

    @cached_property
    def plan(self) -> Plan:
        """The service plan, checked together with its templates; raises `BadPlan`."""
        path, chosen = self._plan_file(), self.plan_alone
        verdict.once(
            path, chosen, self.home, self.settings, lambda: self.check(chosen, self.composer, path)
        )
        return chosen

    @cached_property
    def plan_alone(self) -> Plan:
        """The service plan, whatever its templates say; raises `BadPlan`."""
        return plan.load(self._plan_file())

    def _plan_file(self) -> Path:
        name = self.settings.servicing.plan
        path = plan.find(name, self.home)
        if not path.is_file():
            own = self.home / "plans" / f"{name}.toml"
            raise errors.BadSetting("plan", notice("plan_not_there", name=name, path=str(own)))
        return path

    def checked(self, path: Path) -> Plan:
        """The plan at `path` with every template it sends and every provider that is to carry it.

        Raises `BadPlan` for the first mistake.
        """
        chosen = plan.load(path)
        self.check(chosen, self.composer, path)
        return chosen

    def check(self, of: Plan, composer: "Composer", path: Path) -> None:
        """Raises `BadPlan` for the first mistake of a plan with these words, naming `path`."""
        from servicing.channels import directory

        mistakes = itertools.chain(
            self._survey_mistakes(of),
            composer.mistakes(of),
            directory.mistakes(self.settings, of, composer),
            self.ground.mistakes(of) if any(each.case for each in of.touchpoints) else (),
            self._unknown_tiers(of) if any(each.tiers for each in of.touchpoints) else (),
        )
        for touchpoint, why in mistakes:
            raise errors.BadPlan(path, touchpoint, why)

    def _survey_mistakes(self, of: Plan) -> Iterator[tuple[str, Notice]]:
        """A survey whose link leads nowhere, whose question is wrong, or which asks in a free look."""
        surveys = [each for each in of.touchpoints if each.survey]
        if not surveys:
            return
        longest = self.ground.longest_free_look
        for each in surveys:
            if not self.settings.web.public_url:
                yield each.id, notice("survey_without_address")
            assert each.survey is not None
            self.question(each.survey)
            if each.free_look < longest:
                yield each.id, notice("survey_in_free_look", days=each.free_look, longest=longest)

    def _unknown_tiers(self, of: Plan) -> Iterator[tuple[str, Notice]]:
        """Touchpoints that name a tier which the scorecard does not have."""
        known = [each.id for each in self.scorecard.tiers]
        for touchpoint in of.touchpoints:
            for tier in touchpoint.tiers:
                if tier not in known:
                    yield touchpoint.id, notice("tier_not_in_scorecard", tier=tier, known=known)

    def check_ways_out(self, of: Plan, composer: "Composer", path: Path) -> None:
        """Raises `BadPlan` for a text that offers a way out which nobody would understand.

        Asked before a plan or a text is put in place; one that is there goes on, since a premium
        notice must not fail for it.
        """
        from servicing.messages import ways_out

        for touchpoint, template in _sent_by(of):
            for text in composer.samples(template, "sms"):
                for word in ways_out.not_understood(text.body, self.settings.texts.opt_out):
                    name = name_of(text.locale, template, "sms")
                    why = notice("not_a_way_out", name=name, word=word)
                    raise errors.BadPlan(path, touchpoint.id, why)

    @cached_property
    def scorecard(self) -> "Scorecard":
        """By what clients get attention; raises `BadScorecard`."""
        from policies import tier

        return tier.load(tier.of_workspace(self.home))

    def tiering(self) -> "Tiering":
        """By what the night scores clients; raises `BadScorecard`, `BadPlan`."""
        from servicing.messages import placeholders
        from servicing.tiers.scoring import Rules as Tiering

        is_asked_for = any(each.tiers for each in self.plan_alone.touchpoints)
        return Tiering(self.scorecard, placeholders.currency_of(self.country), is_asked_for)

    @cached_property
    def stages(self) -> "Stages":
        """How near clients have come; raises `BadSetting` for stages that are wrong."""
        from policies import stage
        from servicing.tiers import stages

        of = self.plan_alone
        known = [each.id for each in of.touchpoints]
        return stages.of_plan(stage.load(stage.path_of(self.home), known), of)

    @property
    def writer(self) -> "Writer":
        """What a text is made of."""
        from servicing.channels import directory
        from servicing.messages.waiting import Writer

        return Writer(self.plan, self.composer, directory.routes_of(self.settings).of)

    def walker(self) -> "Walker":
        """A walker with all that a walk needs."""
        from servicing.channels import directory
        from servicing.messages.permission import PermissionRules
        from servicing.schedule.materialize import Walker

        routes = directory.routes_of(self.settings)
        rules = PermissionRules.of(self.settings)
        return Walker(
            plan=self.plan,
            calendar=self.calendar,
            composer=self.composer,
            rules=rules,
            routes=routes,
            others=self.others,
            breaker=self.settings.breaker,
            capacity=self.settings.capacity,
        )

    def dispatcher(self, wall: "Wall") -> "Dispatcher":
        """A dispatcher with all that a dispatch needs; raises `BadSetting` for an unknown provider.

        `wall` tells the seconds of the real world, by which senders keep their pace.
        """
        from servicing.channels import directory
        from servicing.dispatch.claims import Dispatcher
        from servicing.messages.permission import PermissionRules

        return Dispatcher(
            plan=self.plan,
            composer=self.composer,
            rules=PermissionRules.of(self.settings),
            directory=directory.of(self.settings, self.home),
            wall=wall,
            unsubscribe_url=self._unsubscribe_url(),
            breaker=self.settings.breaker,
        )

    @cached_property
    def keys(self) -> "Ring":
        """What signs cookies and links; raises `BadKeys` where it is not the open book's."""
        from servicing.operations import keyring

        return keyring.opened(self.home, self.keys_said)

    def _key_of_erasures(self) -> str:
        from servicing.operations import keyring

        return keyring.of_erasures(self.home, self.keys_said)

    def check_keys(self) -> None:
        """Raises `BadKeys` where messages would be signed with keys that are not the book's."""
        if self.settings.web.public_url:
            _ = self.keys

    def _unsubscribe_url(self) -> "Callable[[str], str]":
        """The link of a client; keys that do not fit are refused before a message is claimed."""
        from servicing.dispatch import unsubscribe

        public_url = self.settings.web.public_url
        if not public_url:
            return lambda client_no: ""
        key = self.keys.link_key
        return lambda client_no: unsubscribe.url(public_url, key, client_no)

    def today(self, now: datetime.datetime) -> datetime.date:
        """The book's calendar day at that moment."""
        return now.astimezone(self.zone).date()


def _sent_by(of: Plan) -> Iterator[tuple[Touchpoint, str]]:
    """The touchpoints of a plan, each with the templates that its steps send, each once."""
    for each in of.touchpoints:
        templates = (each.template_of(step) for step in each.due if each.has_message(step))
        yield from ((each, template) for template in dict.fromkeys(templates))


def at(home: Path, environment: Mapping[str, str]) -> Workspace:
    """The workspace at `home`; raises `NoWorkspace` or `BadSetting`."""
    found = settings_file.load(home, environment)
    said = environment.get(settings_file.KEYS_VARIABLE, "")
    return Workspace(home, found, settings_file.reader_locale(environment), said)


def or_default(home: Path, environment: Mapping[str, str]) -> Workspace:
    """The workspace at `home`, or one of default settings where there is none."""
    if (home / settings_file.FILE).exists():
        return at(home, environment)
    return Workspace(home, Settings(), settings_file.reader_locale(environment))


def copy_plan(home: Path, name: str, copy_name: str) -> Path:
    """Put a copy of a shipped plan into the workspace, to be edited; raises `BadArgument`."""
    known = sorted(path.stem for path in plan.SHIPPED.glob("*.toml"))
    if name not in known:
        raise errors.BadArgument("plan_not_shipped", name=name, known=known)
    if not file_names.is_plain(copy_name):
        raise errors.BadArgument("not_a_file_name", name=copy_name)
    source, target = plan.SHIPPED / f"{name}.toml", home / "plans" / f"{copy_name}.toml"
    if target.exists():
        raise errors.UnwritableFile(target, notice("there_already"))
    whole.folder(target.parent)
    with whole.written(target) as draft:
        draft.write_bytes(source.read_bytes())
    return target


def mapping_of(path: Path | None) -> "FileMapping":
    """The mapping file that a person named, or none."""
    from policies.importing.mapping import loading, mapping

    return loading.load_mapping(path) if path else mapping.Mapping()


def create(home: Path, url: str, said: General = settings_file.USUAL, owner_url: str = "") -> Path:
    """Make a workspace: its folder, its database, and last its servicing.toml.

    `owner_url`: the address at which the owner of the tables makes them; it is written nowhere. Nothing
    is written where what is said is invalid.
    """
    settings_file.check_new(home, said)
    try:
        whole.folder(home)
    except OSError as error:
        raise errors.UnwritableFile(home, of_system(error)) from None
    database.connect(url, home)
    general = General(database=url, owner_database=owner_url)
    if owner_url or database.pending(models.ALL_MIGRATIONS):
        ownership.bring_up_to_date(general, home)
    return settings_file.create(home, url, said)

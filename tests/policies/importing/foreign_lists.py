"""Lists of people and streets as offices all over the world have them, every one made up."""

import random
from typing import NamedTuple


class Office(NamedTuple):
    """Where a list comes from: its country, its encoding, its own headers, and what stands in it."""

    country: str
    encoding: str
    header: str
    cells: tuple[str, ...]


def _office(country: str, encoding: str, header: str, cells: str) -> Office:
    return Office(country, encoding, header, tuple(cells.split("|")))


ENGLISH = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no"

_JAPANESE = (
    "証券番号,契約日,年払保険料,お客様番号,氏名,担当者",
    "森田 浩二|藤井 美穂|岡本 健太|石川 真由美|前田 大樹|長谷川 涼子|小川 修|村上 あゆみ|近藤 勇気"
    "|坂本 恵子|遠藤 ひろし|青木 智恵|西村 和也|福田 節子|太田 洋平|三浦 まゆ|横浜市中区本町|終身保険",
)

OFFICES = [
    _office(
        "CN",
        "gb18030",
        "保险单号,生效日期,年交保费,客户编号,客户姓名,服务人员",
        "蒋文博|沈晓东|韩雪梅|杨志强|唐婉儿|冯建军|董小红|萧敬之|程子涵|曹雨欣|袁立|邓超群|许文强"
        "|傅红|曾志国|彭丽媛|吕方|苏州市人民路|终身寿险|重疾险",
    ),
    _office(
        "TW",
        "cp950",
        "保單編號,契約日期,年繳保險費,客戶代號,姓名,業務人員",
        "周杰倫|蕭敬騰|葉淑惠|莊建宏|江美玉|何俊賢|羅雅文|高志遠|簡秀珍|潘文忠|彭佳慧|游欣怡|詹德明"
        "|胡婷婷|余政憲|臺北市中山路|終身壽險|醫療險",
    ),
    _office("JP", "cp932", *_JAPANESE),
    _office("JP", "euc_jp", *_JAPANESE),
    _office(
        "KR",
        "cp949",
        "보험증권,계약일자,연보험료,고객코드,고객명,설계사명",
        "문지현|배성호|백은영|남기훈|노주연|하동균|곽민지|성유리|차승원|주상욱|구본혁|우지원|민경훈"
        "|진선규|엄정화|채수빈|서울시 강남구|종신보험|암보험",
    ),
    _office(
        "FR",
        "cp1252",
        "Contrat,Début,Prime,N° client,Assuré principal,Conseiller",
        "Frédéric Chénier|Aurélie Préfontaine|Gaël Thébault|Anaïs Grégoire|Rémi Hébert|Thérèse Bédard"
        "|Joël Mélançon|Béatrice Forêt|Stéphane Geneviève|Élodie Sévigny|rue du Théâtre|Épargne",
    ),
    _office(
        "DE",
        "cp1252",
        "Vertragsnr,Beginn,Jahresprämie,Kundennr,Versicherungsnehmer,Betreuer für Kunden",
        "Götz Lüders|Rüdiger Jäger|Sören Krüger|Heinz Fußbauer|Mareike Höfer|Jörn Grünwald|Inga Schütz"
        "|Käte Böttcher|Ulf Häusler|Grete Völker|Königstraße 5|Lebensversicherung für Mütter",
    ),
    _office(
        "ES",
        "cp1252",
        "Póliza,Emisión,Prima,Código,Titular,Mediación",
        "Joaquín Ordóñez|Mónica Cáceres|Ramón Zúñiga|Concepción Avilés|Iñaki Ibarra|Óscar Beltrán"
        "|Verónica Rincón|Álvaro Quiñones|Estefanía Muñiz|Germán Escribá|Calle Peñón|Jubilación",
    ),
    _office(
        "PL",
        "cp1250",
        "Numer polisy,Początek,Składka,Klient,Imię i nazwisko,Doradca",
        "Stanisław Wróbel|Elżbieta Sikorska-Żuk|Przemysław Gołąb|Bożena Ślusarczyk|Wiesław Pająk"
        "|Mirosława Czyż|Łucja Bąk|Radosław Źrebiec|Danuta Kłos|Sławomir Zając|ulica Długa|Ochrona życia",
    ),
    _office(
        "CZ",
        "cp1250",
        "Číslo smlouvy,Počátek,Roční pojistné,Klient,Jméno,Poradce",
        "Přemysl Hájek|Ludmila Švecová|Bořivoj Krejčí|Alžběta Horáčková|Vojtěch Měšťan|Růžena Bílá"
        "|Miloš Čapek|Jaroslav Křížek|Naděžda Ševčíková|Břetislav Doležal|Dlouhá třída|Životní pojištění",
    ),
    _office(
        "RU",
        "cp1251",
        "Номер,Дата начала,Взнос,Код,Страхователь,Менеджер",
        "Орлова Вера|Фёдоров Глеб|Щербаков Юрий|Жукова Инна|Чернов Эдуард|Громова Лидия|Цветков Антон"
        "|Яковлева Нина|Белый Тимур|Хохлова Раиса|улица Мира|Страхование жизни",
    ),
    _office(
        "GR",
        "cp1253",
        "Αριθμός,Ημερομηνία,Ετήσιο,Κωδικός,Ονοματεπώνυμο,Σύμβουλος",
        "Σπύρος Ράλλης|Ειρήνη Δρόσου|Θανάσης Ζαχαρίου|Χριστίνα Φωτίου|Πέτρος Ξένος|Βασιλική Μάνου"
        "|Στέλιος Κόκκινος|Ζωή Ψαρρού|Οδός Ερμού|Ασφάλεια ζωής",
    ),
    _office(
        "TR",
        "cp1254",
        "Poliçe no,Başlangıç,Yıllık prim,Müşteri,Adı soyadı,Danışman",
        "Oğuzhan Yıldırım|Sıla Gündoğdu|Şebnem Özdemir|Tuğba Kılınç|Barış Gökçe|Ömer Çağlar|İpek Şimşek"
        "|Müge Aktaş|Yağız Uçar|Nazlı Ünal|Atatürk Bulvarı Çankırı|Hayat sigortası",
    ),
    _office(
        "IL",
        "cp1255",
        "מספר,תחילה,פרמיה,לקוח,שם מלא,יועץ",
        "נועם שפירא|תמר גולן|איתן ברק|יעל רוזן|גיל סגל|דנה הראל|עומר צור|מאיה קפלן|רון אלמוג|שיר בן דוד"
        "|רחוב הרצל|ביטוח חיים",
    ),
    _office(
        "EG",
        "cp1256",
        "رقم الوثيقة,البداية,القسط,رقم العميل,الاسم,الوكيل",
        "طارق شوقي|سلمى عبد الله|ياسر فؤاد|دينا رمضان|كريم الشافعي|هالة صدقي|مصطفى زكي|رانيا سمير"
        "|وليد غانم|منى البدري|شارع النيل|تأمين الحياة",
    ),
    _office(
        "TH",
        "cp874",
        "เลขที่,วันเริ่ม,เบี้ยรายปี,รหัส,ชื่อสกุล,ผู้ดูแล",
        "กิตติ มั่นคง|สุดา แสงทอง|วิชัย บุญมาก|นภา เจริญสุข|ปรีชา ทรัพย์ดี|อรุณี สายชล|ธีระ วงษ์สว่าง"
        "|จันทร์ เพชรรัตน์|ถนนสุขุมวิท|ประกันชีวิต",
    ),
]


def listed(office: Office, rows: int, seed: int, *, own_header: bool) -> str:
    """A list of so many rows, some under a header of the office's own."""
    chance = random.Random(seed)
    made = [
        f"P{chance.randrange(10**9):010},2024-0{chance.randint(1, 9)}-1{chance.randint(0, 9)},"
        f"{chance.randint(500, 9000)}.00,C{chance.randrange(10**6)},{chance.choice(office.cells)},A7"
        for _ in range(rows)
    ]
    return "".join(f"{line}\r\n" for line in [office.header if own_header else ENGLISH, *made])

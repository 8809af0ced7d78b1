"""The pages of the assessment: service in points, and what each of them rests on."""

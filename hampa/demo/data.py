"""Texts, places and invented people of the demo community, in both languages.

Places are public, with coordinates to about 100 m; the numbers +98 912 000 00xx belong to nobody.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class SamplePerson(NamedTuple):
    """A demo person; the page of one with a handle is open to everybody."""

    name: str
    locale: str
    gender: str
    city: str
    bio: str
    handle: str | None = None


class Spot(NamedTuple):
    """A place to run, with its name in the language of the runners there and its coordinates (degrees)."""

    name: str
    locale: str
    latitude: float
    longitude: float
    terrain: str
    timezone: str = "Asia/Tehran"


class Outing(NamedTuple):
    """A kind of run, in kilometres, seconds a km and minutes.

    `part` is the part of the day ("morning", "evening", or "" for any), `spot` the start of its place's name, if any.
    """

    title: str
    locale: str
    description: str
    level: str
    distance_km: float
    pace: int
    duration_min: int
    part: str = ""
    spot: str = ""


class Weekly(NamedTuple):
    """A weekly series with its organiser's number and how many people come every time."""

    title: str
    description: str
    organiser: int
    spot: str
    day: str
    hour: tuple[int, int]
    distance_km: Decimal
    duration_min: int
    regulars: int


PERSONAS = (
    SamplePerson("سارا احمدی", "fa", "female", "تهران", "هر جمعه دور دریاچهٔ چیتگر. هیچ‌کس جا نمی‌ماند.", "sara_runs"),
    SamplePerson("رضا کاظمی", "fa", "male", "تهران", "ده کیلومتر زیر پنجاه دقیقه، با حوصله."),
    SamplePerson("Mina Rostami", "en", "female", "Tehran", "New in town, back to running after a long winter."),
    SamplePerson("کاوه نیک‌پور", "fa", "male", "تهران", "شب‌ها بعد از کار، آرام و گپ‌زنان."),
    SamplePerson("نیلوفر صادقی", "fa", "female", "تهران", "کوه و کوره‌راه. قهوه بعدش با من.", "niloofar"),
    SamplePerson(
        "Daniel Weber", "en", "male", "Berlin", "Marathon number nine, still learning to start slowly.", "daniel_w"
    ),
    SamplePerson("Laleh Karimi", "en", "female", "Berlin", "Tempelhof on Tuesdays, whatever the weather."),
    SamplePerson("پویا مرادی", "fa", "male", "کرج", "برای اولین ماراتنم تمرین می‌کنم."),
    SamplePerson("مرکز همپا", "fa", "other", "تهران", "گردانندهٔ این خانه."),
)
"""The first nine, by number: …01 Sara, …02 Reza, …03 Mina, …09 the operator."""

FIRST_FA = {
    "female": (
        "زهرا", "مریم", "الهام", "شیرین", "پریسا", "آزاده", "هانیه", "ترانه", "مهسا", "نگار", "یاسمن", "سپیده",
    ),
    "male": (
        "علی", "حسین", "امیر", "آرش", "بهنام", "سیاوش", "مهدی", "نوید", "فرهاد", "کیان", "سامان", "حمید",
    ),
}  # fmt: skip
LAST_FA = (
    "حسینی", "رحیمی", "جعفری", "قاسمی", "نوروزی", "بهرامی", "یزدانی", "شریفی", "فرهادی", "توکلی", "امینی",
    "سلیمانی", "کریمی", "موسوی", "عباسی", "رستگار", "پناهی", "ملکی",
)  # fmt: skip
FIRST_EN = {
    "female": ("Anna", "Sofia", "Emily", "Nora", "Leila", "Grace", "Yuki", "Clara"),
    "male": ("Tom", "Jonas", "Omid", "Lucas", "Arman", "David", "Peter", "Samuel"),
}
LAST_EN = ("Miller", "Hansen", "Rossi", "Novak", "Schmidt", "Okafor", "Tehrani", "Lindqvist", "Moreau", "Clarke")

BIOS_FA = (
    "صبح‌ها زود، قبل از شلوغی.",
    "آرام می‌دوم ولی می‌رسم.",
    "بعد از هر دویدن یک لیوان چای.",
    "سرعت مهم نیست، همراه مهم است.",
    "از پنج کیلومتر شروع کردم، حالا به نیمه‌ماراتن فکر می‌کنم.",
    "تمرین تناوبی را دوست دارم، تنهایی نه.",
)
BIOS_EN = (
    "Early, before the city wakes up.",
    "Slow, steady, always good for a chat.",
    "Tea afterwards is part of the training.",
    "Started with couch to 5k, now eyeing a half.",
    "Intervals are better in company.",
    "Hills first, breakfast second.",
)

SPOTS = (
    Spot("دریاچهٔ چیتگر، دروازهٔ شمالی", "fa", 35.7490, 51.2140, "road"),
    Spot("پارک لاله، درِ بلوار کشاورز", "fa", 35.7108, 51.3925, "road"),
    Spot("بوستان ملت، درِ اصلی", "fa", 35.7797, 51.4099, "road"),
    Spot("دربند، پای تله‌سی‌یژ", "fa", 35.8280, 51.4263, "trail"),
    Spot("پیست دوومیدانی آزادی", "fa", 35.7248, 51.2755, "track"),
    Spot("پارک جنگلی سرخه‌حصار", "fa", 35.6930, 51.5680, "mixed"),
    Spot("بام تهران، ولنجک", "fa", 35.8163, 51.3969, "mixed"),
    Spot("Ab-o-Atash Park, the bridge", "en", 35.7546, 51.4204, "road"),
    Spot("Tempelhofer Feld, main gate", "en", 52.4736, 13.4019, "road", "Europe/Berlin"),
    Spot("Tiergarten, Victory Column", "en", 52.5145, 13.3501, "mixed", "Europe/Berlin"),
)

OUTINGS = (
    Outing(
        "دور بلند چیتگر", "fa",
        "دورِ آزاد دور دریاچه، هیچ‌کس جا نمی‌ماند. **آب همراه داشته باش**؛ نیمهٔ راه یک ایستگاه کوتاه داریم.",
        "all", 14, 340, 80, "morning", "دریاچهٔ چیتگر",
    ),
    Outing("دویدن آرام صبح", "fa", "آن‌قدر آرام که بشود حرف زد. برای روزهای بعد از تمرین سخت.", "all", 6, 370, 40, "morning", ""),
    Outing(
        "سه دقیقه بدو، یک دقیقه راه برو", "fa",
        "اگر تازه شروع کرده‌ای اینجا جای توست.\n\n- ده دقیقه گرم کردن\n- هشت دور سه به یک\n- کشش کنار هم",
        "beginner", 5, 450, 60,
    ),
    Outing("تمرین تناوبی با مربی", "fa", "شش تکرار ۸۰۰ متر، استراحت دو دقیقه. کفش پیست لازم نیست.", "regular", 9, 285, 75, "evening", "پیست"),
    Outing("کوره‌راه دربند تا شیرپلا", "fa", "سربالایی جدی است. چراغ پیشانی و بادگیر بیاور.", "advanced", 11, 480, 150, "morning", "دربند"),
    Outing("غروب در بوستان ملت", "fa", "بعد از کار، دو دور پارک و یک چای.", "all", 7, 360, 50, "evening", "بوستان ملت"),
    Outing("دویدن زیر باران را تمرین می‌کنیم", "fa", "اگر نبارید هم می‌آییم.", "regular", 8, 330, 50),
    Outing("Easy morning laps", "en", "Conversational pace, two laps, coffee at the kiosk afterwards.", "all", 6, 370, 40, "morning", ""),
    Outing(
        "Sub-3:30 marathon block, week 6", "en",
        "22 km with the last 8 at goal pace. Bring gels; we pass water at 7 and 15 km.",
        "advanced", 22, 295, 120,
    ),
    Outing("Run 3, walk 1", "en", "Never run before? This is the one. We wait for everybody.", "beginner", 5, 450, 60),
    Outing("Parkland tempo", "en", "15 minutes easy, 20 at tempo, 10 easy. Pick your group on the spot.", "regular", 9, 310, 55),
    Outing("Sunrise over the field", "en", "One big lap while the sky does its thing.", "all", 7, 350, 45, "morning", "Tempelhofer"),
)  # fmt: skip

CARD_TITLES_FA = (
    "صبح‌های آرام",
    "دنبال همراه برای نیمه‌ماراتن",
    "دویدن و گپ",
    "تمرین ده کیلومتر",
    "کوه آخر هفته",
    "شروع دوباره",
)
CARD_TITLES_EN = (
    "Easy mornings",
    "Half marathon company",
    "Run and talk",
    "Faster 10k",
    "Weekend trails",
    "Starting again",
)
MORNING_TITLES = (CARD_TITLES_FA[0], CARD_TITLES_EN[0])
AIMS_FA = ("نیمه‌ماراتن بهار", "ده کیلومتر زیر ۵۵ دقیقه", "سه بار در هفته", "اولین پنج کیلومتر")
AIMS_EN = ("A spring half", "10k under 55", "Three times a week", "My first 5k")
NOTES_FA = ("سلام! سرعتمان به هم می‌خورد، بیا یک بار امتحان کنیم.", "سه‌شنبه‌ها من هم همان‌جا می‌دوم.")
NOTES_EN = ("Hi! Our paces match, shall we try once?", "I'm there most Tuesdays too.")

WEEKLIES = (
    Weekly(
        "جمعه‌های چیتگر", "هر جمعه یک دور کامل دریاچه، با سرعتی که بشود حرف زد. بعدش چای.",
        1, "دریاچهٔ چیتگر", "fri", (6, 30), Decimal(8), 60, 9,
    ),
    Weekly(
        "Tempelhof Tuesdays", "Two laps of the old airfield after work, whatever the weather.",
        7, "Tempelhofer", "tue", (18, 30), Decimal(12), 75, 6,
    ),
)  # fmt: skip
PACE_GROUPS_FA = (("آهسته و پیوسته", 420, None), ("میانه", 360, 12), ("تند", 310, 8))
"""Name, seconds a kilometre, size."""
ASKING_FA = (
    "دو بار تا شیرپلا رفته‌ام و چراغ پیشانی دارم.",
    "سربالایی‌ام خوب است، سرازیری را آرام می‌آیم.",
    "بار اولم است، ولی نیمه‌ماراتن دویده‌ام. می‌شود؟",
    "با رضا می‌آیم.",
)
ASKING_EN = (
    "Been up to Shirpala twice, I have a headlamp.",
    "Good uphill, careful on the way down.",
    "First time on trails, but I have run a half. All right?",
    "I come with Reza.",
)
SAID_FA = (
    "جای پارک هست؟",
    "ضلع شرقی پارکینگ، صبح‌ها خالی است.",
    "من یک بطری آب اضافه می‌آورم.",
    "کسی از سمت کرج می‌آید؟",
    "بار اولم است، خوشحالم پیدایتان کردم!",
    "هوا خنک است، آستین‌بلند یادتان نرود.",
    "بعدش صبحانه هم می‌رویم؟",
)
SAID_EN = (
    "Is there somewhere to leave a bag?",
    "The kiosk by the gate takes bags until nine.",
    "I'll bring a spare bottle of water.",
    "First time for me, looking forward to it!",
    "Anyone coming by train?",
    "Bring a layer, it is windy out there.",
    "Coffee afterwards is on me.",
)

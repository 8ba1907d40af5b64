"""Names of places and zones that people say and the data set of `places` does not know as such.

Tables only: what a country is called aloud, parts of countries, islands, and named time zones.
Keys are lower case, as recognised; parts are worth a line where people ask for them by name.
"""

# Spoken name → ISO code of the country in the data set.
COUNTRIES = {
    "us": "US", "u s": "US", "usa": "US", "u s a": "US", "america": "US", "states": "US",
    "united states of america": "US", "uk": "GB", "u k": "GB", "britain": "GB", "great britain": "GB",
    "holland": "NL", "netherlands": "NL", "korea": "KR", "czech republic": "CZ", "uae": "AE", "u a e": "AE",
    "emirates": "AE", "congo": "CD", "burma": "MM", "macau": "MO", "palestine": "PS", "east timor": "TL",
    "cape verde": "CV", "swaziland": "SZ", "macedonia": "MK", "bosnia": "BA", "trinidad": "TT", "tobago": "TT",
    "micronesia": "FM", "virgin islands": "VI", "vatican": "VA", "st martin": "MF", "sao tome": "ST",
}  # fmt: skip

# Countries that are said with an article.
WITH_ARTICLE = frozenset("AE BS CD CF CG CK DO FK FO GB GM KY MH MP MV NL PH SB SC TC US VA VG VI".split())

# What may follow a town's name besides a country or a US state → the country's ISO code.
PARTS_OF_COUNTRIES = {
    "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "ontario": "CA", "quebec": "CA",
    "british columbia": "CA", "alberta": "CA", "nova scotia": "CA", "queensland": "AU", "tasmania": "AU",
}  # fmt: skip

# Spoken name → (name as said back, zone). Parts of countries, islands, and continents' edges.
REGIONS = {
    "england": ("England", "Europe/London"),
    "scotland": ("Scotland", "Europe/London"),
    "wales": ("Wales", "Europe/London"),
    "northern ireland": ("Northern Ireland", "Europe/London"),
    "ontario": ("Ontario", "America/Toronto"),
    "quebec": ("Quebec", "America/Toronto"),
    "british columbia": ("British Columbia", "America/Vancouver"),
    "alberta": ("Alberta", "America/Edmonton"),
    "manitoba": ("Manitoba", "America/Winnipeg"),
    "saskatchewan": ("Saskatchewan", "America/Regina"),
    "nova scotia": ("Nova Scotia", "America/Halifax"),
    "newfoundland": ("Newfoundland", "America/St_Johns"),
    "yukon": ("the Yukon", "America/Whitehorse"),
    "queensland": ("Queensland", "Australia/Brisbane"),
    "new south wales": ("New South Wales", "Australia/Sydney"),
    "tasmania": ("Tasmania", "Australia/Hobart"),
    "western australia": ("Western Australia", "Australia/Perth"),
    "south australia": ("South Australia", "Australia/Adelaide"),
    "northern territory": ("the Northern Territory", "Australia/Darwin"),
    "bavaria": ("Bavaria", "Europe/Berlin"),
    "sicily": ("Sicily", "Europe/Rome"),
    "sardinia": ("Sardinia", "Europe/Rome"),
    "tuscany": ("Tuscany", "Europe/Rome"),
    "catalonia": ("Catalonia", "Europe/Madrid"),
    "andalusia": ("Andalusia", "Europe/Madrid"),
    "mallorca": ("Mallorca", "Europe/Madrid"),
    "majorca": ("Majorca", "Europe/Madrid"),
    "ibiza": ("Ibiza", "Europe/Madrid"),
    "canary islands": ("the Canary Islands", "Atlantic/Canary"),
    "tenerife": ("Tenerife", "Atlantic/Canary"),
    "azores": ("the Azores", "Atlantic/Azores"),
    "madeira": ("Madeira", "Atlantic/Madeira"),
    "crete": ("Crete", "Europe/Athens"),
    "corsica": ("Corsica", "Europe/Paris"),
    "normandy": ("Normandy", "Europe/Paris"),
    "provence": ("Provence", "Europe/Paris"),
    "bali": ("Bali", "Asia/Makassar"),
    "java": ("Java", "Asia/Jakarta"),
    "sumatra": ("Sumatra", "Asia/Jakarta"),
    "okinawa": ("Okinawa", "Asia/Tokyo"),
    "phuket": ("Phuket", "Asia/Bangkok"),
    "goa": ("Goa", "Asia/Kolkata"),
    "kerala": ("Kerala", "Asia/Kolkata"),
    "tibet": ("Tibet", "Asia/Shanghai"),
    "zanzibar": ("Zanzibar", "Africa/Dar_es_Salaam"),
    "easter island": ("Easter Island", "Pacific/Easter"),
    "galapagos": ("the Galapagos", "Pacific/Galapagos"),
    "tahiti": ("Tahiti", "Pacific/Tahiti"),
    "patagonia": ("Patagonia", "America/Argentina/Rio_Gallegos"),
    "cancun": ("Cancun", "America/Cancun"),
    "la": ("Los Angeles", "America/Los_Angeles"),
    "l a": ("Los Angeles", "America/Los_Angeles"),
    "nyc": ("New York City", "America/New_York"),
    "n y c": ("New York City", "America/New_York"),
    "d c": ("Washington D C", "America/New_York"),
    "dc": ("Washington D C", "America/New_York"),
    "washington dc": ("Washington D C", "America/New_York"),
    "washington d c": ("Washington D C", "America/New_York"),
    "manhattan": ("Manhattan", "America/New_York"),
    "brooklyn": ("Brooklyn", "America/New_York"),
    "rio": ("Rio de Janeiro", "America/Sao_Paulo"),
    "vegas": ("Las Vegas", "America/Los_Angeles"),
    "silicon valley": ("Silicon Valley", "America/Los_Angeles"),
    "hollywood": ("Hollywood", "America/Los_Angeles"),
}

# Named zones: said as "pacific time", "gmt".
ZONES = {
    "utc": ("universal time", "UTC"),
    "u t c": ("universal time", "UTC"),
    "gmt": ("Greenwich", "UTC"),
    "g m t": ("Greenwich", "UTC"),
    "greenwich": ("Greenwich", "UTC"),
    "greenwich mean time": ("Greenwich", "UTC"),
    "eastern time": ("the Eastern zone", "America/New_York"),
    "eastern standard time": ("the Eastern zone", "America/New_York"),
    "east coast": ("the Eastern zone", "America/New_York"),
    "central time": ("the Central zone", "America/Chicago"),
    "mountain time": ("the Mountain zone", "America/Denver"),
    "pacific time": ("the Pacific zone", "America/Los_Angeles"),
    "pacific standard time": ("the Pacific zone", "America/Los_Angeles"),
    "west coast": ("the Pacific zone", "America/Los_Angeles"),
    "central european time": ("Central Europe", "Europe/Berlin"),
}

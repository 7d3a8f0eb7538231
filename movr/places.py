"""Well-known public places of each city, with their WGS84 coordinates.

Demonstration vehicles are parked there, and the page that ends a ride suggests them. The list is
a convenience: a ride may end anywhere, and no rule depends on a place.
"""

from operator import itemgetter
from typing import Final

from movr.records import Place, Point
from movr.regions import distance_km, normalised

_NEAR_KM: Final = 1.5


PLACES: dict[str, tuple[Place, ...]] = {
    "new york": (
        Place("Times Square", Point(40.7580, -73.9855)),
        Place("Union Square", Point(40.7359, -73.9908)),
        Place("Grand Central Terminal", Point(40.7527, -73.9772)),
        Place("Penn Station", Point(40.7506, -73.9935)),
        Place("Bryant Park", Point(40.7536, -73.9832)),
        Place("Columbus Circle", Point(40.7681, -73.9819)),
        Place("Washington Square Park", Point(40.7308, -73.9973)),
        Place("Flatiron Building", Point(40.7411, -73.9897)),
        Place("Rockefeller Plaza", Point(40.7587, -73.9787)),
        Place("Lincoln Center", Point(40.7725, -73.9835)),
        Place("Chelsea Market", Point(40.7424, -74.0060)),
        Place("American Museum of Natural History", Point(40.7813, -73.9740)),
        Place("Metropolitan Museum of Art", Point(40.7794, -73.9632)),
        Place("Barclays Center", Point(40.6826, -73.9754)),
        Place("Brooklyn Museum", Point(40.6712, -73.9636)),
    ),
    "boston": (
        Place("South Station", Point(42.3522, -71.0553)),
        Place("North Station", Point(42.3656, -71.0612)),
        Place("Back Bay Station", Point(42.3473, -71.0757)),
        Place("Boston Common", Point(42.3550, -71.0656)),
        Place("Copley Square", Point(42.3499, -71.0765)),
        Place("Faneuil Hall", Point(42.3600, -71.0562)),
        Place("Quincy Market", Point(42.3601, -71.0548)),
        Place("Old State House", Point(42.3588, -71.0575)),
        Place("Massachusetts State House", Point(42.3582, -71.0637)),
        Place("Boston Public Library", Point(42.3493, -71.0782)),
        Place("Symphony Hall", Point(42.3426, -71.0857)),
        Place("Fenway Park", Point(42.3467, -71.0972)),
        Place("Museum of Fine Arts", Point(42.3394, -71.0940)),
        Place("Paul Revere House", Point(42.3637, -71.0537)),
        Place("Bunker Hill Monument", Point(42.3764, -71.0608)),
    ),
    "washington dc": (
        Place("Union Station", Point(38.8973, -77.0063)),
        Place("Dupont Circle", Point(38.9096, -77.0434)),
        Place("Logan Circle", Point(38.9096, -77.0296)),
        Place("Farragut Square", Point(38.9020, -77.0390)),
        Place("Lafayette Square", Point(38.8995, -77.0365)),
        Place("Washington Monument", Point(38.8895, -77.0353)),
        Place("Lincoln Memorial", Point(38.8893, -77.0502)),
        Place("National Museum of Natural History", Point(38.8913, -77.0261)),
        Place("National Gallery of Art", Point(38.8913, -77.0200)),
        Place("National Air and Space Museum", Point(38.8882, -77.0199)),
        Place("Library of Congress", Point(38.8887, -77.0047)),
        Place("Eastern Market", Point(38.8864, -76.9965)),
        Place("Capital One Arena", Point(38.8981, -77.0209)),
        Place("Nationals Park", Point(38.8730, -77.0074)),
        Place("Meridian Hill Park", Point(38.9213, -77.0357)),
    ),
    "san francisco": (
        Place("Union Square", Point(37.7880, -122.4075)),
        Place("Ferry Building", Point(37.7955, -122.3937)),
        Place("Caltrain 4th & King", Point(37.7766, -122.3946)),
        Place("Salesforce Transit Center", Point(37.7896, -122.3966)),
        Place("Oracle Park", Point(37.7786, -122.3893)),
        Place("Civic Center Plaza", Point(37.7795, -122.4178)),
        Place("San Francisco City Hall", Point(37.7793, -122.4193)),
        Place("SFMOMA", Point(37.7857, -122.4011)),
        Place("Portsmouth Square", Point(37.7948, -122.4053)),
        Place("Washington Square", Point(37.8008, -122.4101)),
        Place("Coit Tower", Point(37.8024, -122.4058)),
        Place("Ghirardelli Square", Point(37.8058, -122.4229)),
        Place("Alamo Square", Point(37.7764, -122.4346)),
        Place("Mission Dolores Park", Point(37.7597, -122.4269)),
        Place("de Young Museum", Point(37.7715, -122.4687)),
    ),
    "seattle": (
        Place("Pike Place Market", Point(47.6094, -122.3416)),
        Place("King Street Station", Point(47.5984, -122.3298)),
        Place("Pioneer Square", Point(47.6019, -122.3339)),
        Place("Occidental Square", Point(47.6003, -122.3331)),
        Place("Westlake Park", Point(47.6110, -122.3372)),
        Place("Seattle Central Library", Point(47.6067, -122.3326)),
        Place("Seattle Art Museum", Point(47.6073, -122.3381)),
        Place("Space Needle", Point(47.6205, -122.3493)),
        Place("Museum of Pop Culture", Point(47.6215, -122.3481)),
        Place("Kerry Park", Point(47.6295, -122.3599)),
        Place("Capitol Hill Station", Point(47.6192, -122.3203)),
        Place("Cal Anderson Park", Point(47.6173, -122.3194)),
        Place("Lumen Field", Point(47.5952, -122.3316)),
        Place("T-Mobile Park", Point(47.5914, -122.3325)),
        Place("Fremont Troll", Point(47.6510, -122.3473)),
    ),
    "los angeles": (
        Place("Union Station", Point(34.0561, -118.2365)),
        Place("Olvera Street", Point(34.0574, -118.2379)),
        Place("Los Angeles City Hall", Point(34.0537, -118.2427)),
        Place("Grand Central Market", Point(34.0508, -118.2490)),
        Place("Pershing Square", Point(34.0485, -118.2530)),
        Place("Los Angeles Central Library", Point(34.0503, -118.2551)),
        Place("Walt Disney Concert Hall", Point(34.0553, -118.2498)),
        Place("The Broad", Point(34.0544, -118.2505)),
        Place("Crypto.com Arena", Point(34.0430, -118.2673)),
        Place("Natural History Museum", Point(34.0171, -118.2887)),
        Place("The Original Farmers Market", Point(34.0721, -118.3604)),
        Place("Los Angeles County Museum of Art", Point(34.0639, -118.3592)),
        Place("Hollywood & Vine", Point(34.1016, -118.3267)),
        Place("TCL Chinese Theatre", Point(34.1020, -118.3410)),
        Place("Griffith Observatory", Point(34.1184, -118.3004)),
    ),
    "amsterdam": (
        Place("Amsterdam Centraal", Point(52.3788, 4.9002)),
        Place("Station Zuid", Point(52.3389, 4.8731)),
        Place("Station Sloterdijk", Point(52.3889, 4.8378)),
        Place("Amstelstation", Point(52.3466, 4.9178)),
        Place("Muiderpoortstation", Point(52.3606, 4.9312)),
        Place("Dam", Point(52.3730, 4.8930)),
        Place("Nieuwmarkt", Point(52.3726, 4.9003)),
        Place("Spui", Point(52.3687, 4.8894)),
        Place("Rembrandtplein", Point(52.3661, 4.8965)),
        Place("Leidseplein", Point(52.3641, 4.8828)),
        Place("Noordermarkt", Point(52.3797, 4.8861)),
        Place("Museumplein", Point(52.3574, 4.8823)),
        Place("Rijksmuseum", Point(52.3600, 4.8852)),
        Place("Concertgebouw", Point(52.3563, 4.8791)),
        Place("Johan Cruijff ArenA", Point(52.3142, 4.9418)),
    ),
    "paris": (
        Place("Gare de Lyon", Point(48.8448, 2.3735)),
        Place("Gare du Nord", Point(48.8809, 2.3553)),
        Place("Gare de l'Est", Point(48.8768, 2.3592)),
        Place("Gare Montparnasse", Point(48.8411, 2.3203)),
        Place("Gare Saint-Lazare", Point(48.8765, 2.3249)),
        Place("Place de la Bastille", Point(48.8532, 2.3692)),
        Place("Place de la République", Point(48.8675, 2.3638)),
        Place("Place de la Nation", Point(48.8483, 2.3959)),
        Place("Place des Vosges", Point(48.8555, 2.3655)),
        Place("Place d'Italie", Point(48.8315, 2.3557)),
        Place("Hôtel de Ville", Point(48.8564, 2.3525)),
        Place("Centre Pompidou", Point(48.8606, 2.3522)),
        Place("Musée d'Orsay", Point(48.8600, 2.3266)),
        Place("Tour Eiffel", Point(48.8584, 2.2945)),
        Place("Sacré-Cœur", Point(48.8867, 2.3431)),
    ),
    "rome": (
        Place("Roma Termini", Point(41.9010, 12.5018)),
        Place("Roma Tiburtina", Point(41.9103, 12.5306)),
        Place("Piazza di Spagna", Point(41.9057, 12.4823)),
        Place("Piazza del Popolo", Point(41.9107, 12.4764)),
        Place("Piazza Navona", Point(41.8992, 12.4731)),
        Place("Piazza Venezia", Point(41.8960, 12.4825)),
        Place("Piazza della Repubblica", Point(41.9028, 12.4964)),
        Place("Piazza Barberini", Point(41.9038, 12.4886)),
        Place("Campo de' Fiori", Point(41.8956, 12.4722)),
        Place("Fontana di Trevi", Point(41.9009, 12.4831)),
        Place("Pantheon", Point(41.8986, 12.4769)),
        Place("Colosseo", Point(41.8902, 12.4922)),
        Place("Castel Sant'Angelo", Point(41.9030, 12.4664)),
        Place("Galleria Borghese", Point(41.9142, 12.4921)),
        Place("Piazza di Santa Maria in Trastevere", Point(41.8895, 12.4700)),
    ),
}


def place_named(city: str, name: str) -> Place | None:
    """Return a city's place with this name (case, accents and punctuation ignored), or None."""
    return _BY_NAME.get((city, normalised(name)))


def place_near(city: str, point: Point) -> Place | None:
    """Return the known place of a city nearest to a point, or None if none is near."""
    known = ((distance_km(point, place.point), place) for place in PLACES[city] if place.point)
    distance, nearest = min(known, key=itemgetter(0))
    return nearest if distance <= _NEAR_KM else None


_BY_NAME: Final = {
    (city, normalised(place.name)): place for city, places in PLACES.items() for place in places
}

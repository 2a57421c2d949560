"""The twin of Kaggle's house prices: invented sales in the columns of Ames.

The columns, their codes and their gaps are those of the public data that De
Cock collected in Ames, Iowa (2011); every house and every price is made up.
Only sums, products, quotients and square roots of uniform random numbers are
used, so the files are the same bytes everywhere.
"""

import math
import os

import numpy as np

from .files import write_csv

SEED = 20160830
TRAIN, TEST = 400, 100  # sales in each file

COLUMNS = (
    "Id MSSubClass MSZoning LotFrontage LotArea Street Alley LotShape LandContour Utilities"
    " LotConfig LandSlope Neighborhood Condition1 Condition2 BldgType HouseStyle OverallQual"
    " OverallCond YearBuilt YearRemodAdd RoofStyle RoofMatl Exterior1st Exterior2nd MasVnrType"
    " MasVnrArea ExterQual ExterCond Foundation BsmtQual BsmtCond BsmtExposure BsmtFinType1"
    " BsmtFinSF1 BsmtFinType2 BsmtFinSF2 BsmtUnfSF TotalBsmtSF Heating HeatingQC CentralAir"
    " Electrical 1stFlrSF 2ndFlrSF LowQualFinSF GrLivArea BsmtFullBath BsmtHalfBath FullBath"
    " HalfBath BedroomAbvGr KitchenAbvGr KitchenQual TotRmsAbvGrd Functional Fireplaces"
    " FireplaceQu GarageType GarageYrBlt GarageFinish GarageCars GarageArea GarageQual"
    " GarageCond PavedDrive WoodDeckSF OpenPorchSF EnclosedPorch 3SsnPorch ScreenPorch PoolArea"
    " PoolQC Fence MiscFeature MiscVal MoSold YrSold SaleType SaleCondition SalePrice"
).split()

# Neighbourhood: how many of a thousand sales or so, the years in which it was
# built, the usual quality, and what its houses cost compared with others.
PLACES = {
    "NAmes": (225, 1950, 1970, 5.3, 0.97),
    "CollgCr": (150, 1990, 2008, 6.6, 1.03),
    "OldTown": (113, 1890, 1945, 5.4, 0.88),
    "Edwards": (100, 1925, 2000, 5.1, 0.90),
    "Somerst": (86, 1997, 2009, 7.2, 1.08),
    "Gilbert": (79, 1992, 2008, 6.6, 1.01),
    "NridgHt": (77, 2001, 2009, 8.1, 1.20),
    "Sawyer": (74, 1955, 1980, 5.1, 0.96),
    "NWAmes": (73, 1965, 1985, 6.3, 1.00),
    "SawyerW": (59, 1970, 2005, 6.2, 0.99),
    "BrkSide": (58, 1915, 1950, 5.1, 0.94),
    "Crawfor": (51, 1920, 1975, 6.3, 1.12),
    "Mitchel": (49, 1960, 2006, 5.6, 0.98),
    "NoRidge": (41, 1990, 2002, 7.9, 1.18),
    "Timber": (38, 1970, 2008, 7.0, 1.07),
    "IDOTRR": (37, 1900, 1955, 4.8, 0.80),
    "ClearCr": (28, 1940, 1990, 5.9, 1.08),
    "StoneBr": (25, 1985, 2009, 8.1, 1.24),
    "SWISU": (25, 1912, 1955, 5.4, 0.92),
    "Blmngtn": (17, 1998, 2007, 7.1, 1.02),
    "MeadowV": (17, 1970, 1976, 4.6, 0.80),
    "BrDale": (16, 1970, 1973, 5.6, 0.82),
    "Veenker": (11, 1960, 1995, 6.7, 1.12),
    "NPkVill": (9, 1975, 1978, 6.0, 0.95),
    "Blueste": (2, 1979, 1981, 6.0, 0.92),
}
TERRACES = ("Blmngtn", "MeadowV", "BrDale", "NPkVill", "Blueste")
GRADES = ("Po", "Fa", "TA", "Gd", "Ex")
SUBCLASSES = {"1.5Unf": 45, "1.5Fin": 50, "2.5Fin": 75, "2.5Unf": 75, "SLvl": 80, "SFoyer": 85}


class Chance:
    """Draws of one house, all from RandomState's uniform stream (NEP 19)."""

    def __init__(self, random):
        self.random = random

    def maybe(self, probability):
        return self.random.random_sample() < probability

    def between(self, low, high):
        return low + (high - low) * self.random.random_sample()

    def whole(self, low, high):
        """A whole number from ``low`` to ``high``, both included."""
        return int(math.floor(self.between(low, high + 1)))

    def bell(self):
        """A number of mean 0 and variance 1, nearly normal, at most 4.2."""
        total = 0.0  # not sum(), whose last bit depends on the version of Python
        for _ in range(6):
            total += self.random.random_sample()
        return (total - 3) * math.sqrt(2)

    def pick(self, **weights):
        return self.choose(weights)

    def choose(self, weights):
        """A key of a dictionary, in proportion to its weight."""
        at = self.random.random_sample() * sum(weights.values())
        for key in weights:
            at -= weights[key]
            if at < 0:
                return key
        raise ValueError("weights must be positive")

    def grade(self, level):
        """A word for a quality on a scale of which 2 is average, 4 the top."""
        return GRADES[min(4, max(1, int(math.floor(level + 0.5 * self.bell() + 0.5))))]


def kaggle_house_train(folder):
    """Write ``kaggle_house_pred_train.csv``: 400 sales, with their prices."""
    rows = _sales()[:TRAIN]
    write_csv(os.path.join(folder, "kaggle_house_pred_train.csv"), COLUMNS, rows)


def kaggle_house_test(folder):
    """Write ``kaggle_house_pred_test.csv``: 100 sales, without prices."""
    rows = _sales()[TRAIN:]
    write_csv(os.path.join(folder, "kaggle_house_pred_test.csv"), COLUMNS[:-1], rows)


def _sales():
    """Return all sales in order, a dictionary each; None is a gap."""
    random = np.random.RandomState(SEED)
    sales = [_sale(Chance(random), number) for number in range(1, TRAIN + TEST + 1)]
    _lose_some(sales[:TRAIN], sales[TRAIN:])
    return sales


def _sale(chance, number):
    house = dict.fromkeys(COLUMNS)
    house["Id"] = number
    mansion = number in (131, 310)  # sold unfinished, for far less than usual
    _place_and_date(house, chance, mansion)
    _style(house, chance, mansion)
    _land(house, chance)
    _floors(house, chance, mansion)
    _basement(house, chance)
    _outside(house, chance)
    _rooms(house, chance)
    _garage(house, chance)
    _extras(house, chance)
    _price(house, chance, mansion)
    return house


def _place_and_date(house, chance, mansion):
    places = {name: place[0] for name, place in PLACES.items()}
    place = house["Neighborhood"] = "Edwards" if mansion else chance.choose(places)
    house["YrSold"] = year = chance.whole(2006, 2010)
    months = {1: 58, 2: 52, 3: 106, 4: 141, 5: 204, 6: 253, 7: 234}
    if year < 2010:
        months.update({8: 122, 9: 63, 10: 89, 11: 79, 12: 59})
    house["MoSold"] = chance.choose(months)
    _, first, last, quality, _ = PLACES[place]
    built = house["YearBuilt"] = year - 1 if mansion else min(chance.whole(first, last), year)
    quality += 0.01 * (built - (first + last) / 2) + 0.75 * chance.bell()
    house["OverallQual"] = 10 if mansion else min(10, max(2, int(math.floor(quality + 0.5))))
    used = year - built > 2
    house["OverallCond"] = chance.choose(
        {3: 2, 4: 4, 5: 45, 6: 23, 7: 18, 8: 6, 9: 2} if used else {5: 1}
    )
    renewed = chance.whole(max(built, 1950), year)
    likely = 0.15 + 0.006 * (2010 - built)
    house["YearRemodAdd"] = renewed if chance.maybe(likely) else max(built, 1950)
    new = not used and chance.maybe(0.75)
    types = {"WD": 1240, "COD": 43, "ConLD": 9, "ConLw": 5, "ConLI": 5, "CWD": 4, "Oth": 3}
    house["SaleType"] = "New" if new or mansion else chance.choose(types)
    terms = {"Normal": 1190, "Abnorml": 100, "Family": 20, "Alloca": 12, "AdjLand": 4}
    house["SaleCondition"] = "Partial" if new or mansion else chance.choose(terms)


def _style(house, chance, mansion):
    place, built = house["Neighborhood"], house["YearBuilt"]
    if place in TERRACES:
        kinds = {"TwnhsE": 3, "Twnhs": 2}
    elif place in ("Somerst", "StoneBr", "NridgHt", "Mitchel"):
        kinds = {"1Fam": 74, "TwnhsE": 19, "Twnhs": 7}
    elif built < 1950:
        kinds = {"1Fam": 91, "2fmCon": 7, "Duplex": 2}
    else:
        kinds = {"1Fam": 92, "Duplex": 5, "TwnhsE": 3}
    kind = house["BldgType"] = "1Fam" if mansion else chance.choose(kinds)
    if mansion:
        styles = {"2Story": 1}
    elif place in ("MeadowV", "BrDale", "NPkVill"):
        styles = {"2Story": 3, "1Story": 1}
    elif built < 1946:
        styles = {"1.5Fin": 38, "1Story": 28, "2Story": 25, "1.5Unf": 4, "2.5Unf": 3, "2.5Fin": 2}
    elif built < 1963:
        styles = {"1Story": 78, "1.5Fin": 12, "2Story": 5, "SLvl": 5}
    elif built < 1986:
        styles = {"1Story": 53, "2Story": 22, "SLvl": 15, "SFoyer": 10}
    else:
        styles = {"1Story": 47, "2Story": 47, "SLvl": 4, "SFoyer": 2}
    style = house["HouseStyle"] = chance.choose(styles)
    if kind in ("Duplex", "2fmCon"):
        house["MSSubClass"] = 90 if kind == "Duplex" else 190
    elif kind != "1Fam":
        house["MSSubClass"] = {"1Story": 120, "2Story": 160, "1.5Fin": 150}.get(style, 180)
    elif style in SUBCLASSES:
        house["MSSubClass"] = SUBCLASSES[style]
    else:
        house["MSSubClass"] = {"1Story": 20, "2Story": 60}[style] + 10 * (built < 1946)


def _land(house, chance):
    place, terrace = house["Neighborhood"], house["BldgType"].startswith("Twnhs")
    if place == "Somerst":
        zones = {"FV": 75, "RL": 25}
    elif place in ("OldTown", "IDOTRR", "BrkSide", "SWISU"):
        zones = {"RM": 70, "RL": 22, "C (all)": 4, "RH": 4}
    else:
        zones = {"RM": 100} if place in ("MeadowV", "BrDale") else {"RL": 96, "RM": 3, "RH": 1}
    house["MSZoning"] = chance.choose(zones)
    corner = house["LotConfig"] = chance.pick(Inside=72, Corner=18, CulDSac=6, FR2=3, FR3=1)
    wide = 30 + 8 * chance.bell() if terrace else 73 + 16 * chance.bell()
    wide += 3.5 * (house["OverallQual"] - 6)
    wide = max(21, wide + 10 * (corner == "Corner") - 12 * (corner == "CulDSac"))
    deep = 105 if terrace else 124 + 14 * chance.bell()
    deep *= chance.between(1.4, 4) if not terrace and chance.maybe(0.06) else 1
    house["LotArea"] = int(wide * max(70, deep))
    house["LotFrontage"] = None if chance.maybe(0.18) else int(wide)
    house["Street"] = chance.choose({"Pave": 996, "Grvl": 4})
    house["Alley"] = None
    if place in ("OldTown", "Somerst", "BrkSide", "IDOTRR") and chance.maybe(0.3):
        house["Alley"] = "Pave" if place == "Somerst" else "Grvl"
    regular = 30 if corner == "CulDSac" else 140
    house["LotShape"] = chance.pick(Reg=regular, IR1=64, IR2=5, IR3=2)
    house["LandContour"] = chance.pick(Lvl=90, Bnk=4, HLS=4, Low=2)
    sloping = house["LandContour"] != "Lvl"
    house["LandSlope"] = chance.pick(Gtl=60, Mod=36, Sev=4) if sloping else "Gtl"
    house["Utilities"] = "AllPub"
    near = {"Norm": 1260, "Feedr": 81, "Artery": 48, "RRAn": 26, "PosN": 19, "RRAe": 11}
    near.update({"PosA": 8, "RRNn": 5, "RRNe": 2})
    house["Condition1"] = chance.choose(near)
    house["Condition2"] = "Norm"
    if house["Condition1"] != "Norm" and chance.maybe(0.1):
        house["Condition2"] = chance.pick(Feedr=6, Artery=2, RRNn=2, PosN=2)


def _floors(house, chance, mansion):
    style, quality = house["HouseStyle"], house["OverallQual"]
    scale = 1 + 0.16 * chance.bell()
    scale = min(1.5, max(0.62, scale)) * (0.85 if house["BldgType"].startswith("Twnhs") else 1)
    above = 0
    if style in ("1Story", "SFoyer"):
        ground = (1240 if style == "1Story" else 1040) * scale * (0.46 + 0.09 * quality)
        if style == "SFoyer" and chance.maybe(0.08):
            above = ground * chance.between(0.4, 0.7)
    else:
        ground = 1010 * scale * (0.61 + 0.065 * quality)
        share = {"2Story": (0.7, 1.12), "1.5Fin": (0.38, 0.68), "2.5Fin": (1.1, 1.5)}
        share.update({"2.5Unf": (0.85, 1.1), "SLvl": (0.0, 0.65)})
        if style in share:
            above = ground * chance.between(*share[style])
    if mansion:
        ground, above = chance.between(2350, 2500), chance.between(2050, 2150)
    house["1stFlrSF"] = max(334, int(ground))
    house["2ndFlrSF"] = int(above) if above > 100 else 0
    old = house["YearBuilt"] < 1950 and chance.maybe(0.06)
    house["LowQualFinSF"] = chance.whole(80, 480) if old else 0
    house["GrLivArea"] = house["1stFlrSF"] + house["2ndFlrSF"] + house["LowQualFinSF"]


def _basement(house, chance):
    built = house["YearBuilt"]
    if built < 1940:
        kinds = {"BrkTil": 75, "CBlock": 12, "PConc": 10, "Stone": 2, "Slab": 1}
    elif built < 1985:
        kinds = {"CBlock": 90, "Slab": 5, "PConc": 5}
    else:
        kinds = {"PConc": 95, "CBlock": 3, "Slab": 1, "Wood": 1}
    house["Foundation"] = chance.choose(kinds)
    areas = ("BsmtFinSF1", "BsmtFinSF2", "BsmtUnfSF", "TotalBsmtSF")
    house.update(dict.fromkeys(areas, 0))
    house.update(BsmtFullBath=0, BsmtHalfBath=0)
    if house["Foundation"] == "Slab" or chance.maybe(0.012):
        return
    level = 1.5 + 0.022 * (built - 1940) + 0.1 * (house["OverallQual"] - 6)
    house["BsmtQual"] = chance.grade(level)
    house["BsmtCond"] = chance.pick(TA=92, Gd=5, Fa=3)
    house["BsmtExposure"] = chance.pick(No=67, Av=16, Gd=9, Mn=8)
    part = chance.between(0.7, 0.95) if house["HouseStyle"] == "SLvl" else chance.between(0.93, 1)
    total = int(house["1stFlrSF"] * part)
    if built < 1946:
        kinds = {"Unf": 50, "Rec": 15, "BLQ": 12, "LwQ": 10, "ALQ": 10, "GLQ": 3}
    elif built < 1985:
        kinds = {"Unf": 24, "Rec": 18, "BLQ": 18, "LwQ": 7, "ALQ": 25, "GLQ": 8}
    else:
        kinds = {"Unf": 37, "GLQ": 55, "ALQ": 5, "BLQ": 2, "Rec": 1}
    first = house["BsmtFinType1"] = chance.choose(kinds)
    house["BsmtFinType2"] = "Unf"
    one = two = 0
    if first != "Unf":
        one = int(total * chance.between(0.25, 0.9))
        if built < 1985 and chance.maybe(0.2):
            house["BsmtFinType2"] = chance.pick(Rec=54, LwQ=46, BLQ=33, ALQ=19, GLQ=14)
            two = int((total - one) * chance.between(0.2, 0.8))
        house["BsmtFullBath"] = int(chance.maybe(0.75 if one > 600 else 0.35))
        house["BsmtHalfBath"] = int(not house["BsmtFullBath"] and chance.maybe(0.12))
    house.update(zip(areas, (one, two, total - one - two, total)))


def _outside(house, chance):
    built, quality = house["YearBuilt"], house["OverallQual"]
    house["RoofStyle"] = chance.pick(Gable=782, Hip=196, Flat=9, Gambrel=8, Mansard=4, Shed=1)
    roofs = {"Tar&Grv": 1} if house["RoofStyle"] == "Flat" else {"CompShg": 990, "WdShngl": 5}
    house["RoofMatl"] = chance.choose(roofs)
    if built < 1950:
        walls = {"MetalSd": 30, "Wd Sdng": 32, "VinylSd": 20, "Stucco": 6, "AsbShng": 6}
        walls.update({"WdShing": 4, "BrkComm": 1, "AsphShn": 1})
    elif built < 1985:
        walls = {"HdBoard": 34, "MetalSd": 18, "Plywood": 18, "Wd Sdng": 14, "BrkFace": 9}
        walls.update({"VinylSd": 7})
    else:
        walls = {"VinylSd": 74, "CemntBd": 12, "MetalSd": 8, "HdBoard": 4, "BrkFace": 2}
    first = house["Exterior1st"] = chance.choose(walls)
    other = {"CemntBd": "CmentBd", "WdShing": "Wd Shng", "BrkComm": "Brk Cmn"}
    second = chance.choose(walls) if chance.maybe(0.08) else first
    house["Exterior2nd"] = other.get(second, second)
    veneer = {"None": 59, "BrkFace": 31, "Stone": 9, "BrkCmn": 1}
    if built < 1950:
        veneer = {"None": 93, "BrkFace": 6, "BrkCmn": 1}
    house["MasVnrType"] = chance.choose(veneer)
    clad = house["MasVnrType"] != "None"
    house["MasVnrArea"] = int(chance.between(0.4, 1.6) * (40 + 25 * quality)) if clad else 0
    level = 0.9 + 0.26 * quality - 0.003 * (2010 - built)
    house["ExterQual"] = chance.grade(level)
    house["ExterCond"] = chance.pick(TA=88, Gd=10, Fa=2)
    age = 2010 - house["YearRemodAdd"]
    house["HeatingQC"] = chance.grade(3.9 - 0.04 * age)
    house["KitchenQual"] = chance.grade(1.1 + 0.26 * quality - 0.008 * age)
    house["Heating"] = "GasA"
    if built < 1945 and chance.maybe(0.09):
        house["Heating"] = chance.pick(GasW=18, Grav=7, Wall=4, OthW=2)
    cool = 0.97 if built > 1960 else 0.8
    house["CentralAir"] = "Y" if house["Heating"] == "GasA" and chance.maybe(cool) else "N"
    fused = built < 1960 and chance.maybe(0.18)
    house["Electrical"] = chance.pick(FuseA=94, FuseF=27, FuseP=3) if fused else "SBrkr"
    house["PavedDrive"] = chance.pick(Y=70, N=24, P=6) if built < 1950 else chance.pick(Y=98, P=2)
    house["Functional"] = chance.pick(Typ=1360, Min2=34, Min1=31, Mod=15, Maj1=14, Maj2=5)


def _rooms(house, chance):
    area, kind = house["GrLivArea"], house["BldgType"]
    double = kind == "Duplex" or (kind == "2fmCon" and chance.maybe(0.5))
    house["KitchenAbvGr"] = 2 if double else 1
    baths = area + 9 * (house["YearBuilt"] - 1970) + 200 * chance.bell()
    house["FullBath"] = 1 if baths < 1350 else 2 if baths < 2900 else 3
    upstairs = house["2ndFlrSF"] > 400
    house["HalfBath"] = int(chance.maybe(0.72 if upstairs else 0.15))
    beds = int(math.floor(area / 520 + 0.4 * chance.bell() + 0.6))
    house["BedroomAbvGr"] = min(5, max(1, beds))
    living = 2 + int(math.floor(area / 900 + 0.4 * chance.bell() + 0.5))
    house["TotRmsAbvGrd"] = house["BedroomAbvGr"] + house["KitchenAbvGr"] + max(1, living - 1)
    warm = 0.12 + 0.00022 * (area - 600) + 0.05 * (house["OverallQual"] - 5)
    house["Fireplaces"] = int(chance.maybe(warm)) + int(chance.maybe(0.12 * warm))
    if house["Fireplaces"]:
        house["FireplaceQu"] = chance.pick(Gd=380, TA=313, Fa=33, Ex=24, Po=20)


def _garage(house, chance):
    built, sold = house["YearBuilt"], house["YrSold"]
    house.update(GarageCars=0, GarageArea=0)
    if chance.maybe(0.1 if built < 1950 else 0.04):
        return
    if built < 1950:
        kinds = {"Detchd": 82, "Attchd": 14, "Basment": 3, "CarPort": 1}
    else:
        kinds = {"Attchd": 76, "Detchd": 14, "BuiltIn": 8, "Basment": 1, "2Types": 1}
    house["GarageType"] = chance.choose(kinds)
    later = house["GarageType"] == "Detchd" and chance.maybe(0.5)
    start = min(max(built, 1910), sold)
    house["GarageYrBlt"] = chance.whole(start, sold) if later else start
    size = 1.5 + 0.16 * (house["OverallQual"] - 5) + 0.008 * (built - 1965) + 0.45 * chance.bell()
    house["GarageCars"] = cars = min(3, max(1, int(math.floor(size + 0.5))))
    house["GarageArea"] = int(cars * 232 + 50 + 45 * chance.bell())
    finish = 0.5 + 0.022 * (built - 1960) + 0.5 * chance.bell()
    house["GarageFinish"] = "Unf" if finish < 0.7 else "RFn" if finish < 1.25 else "Fin"
    house["GarageQual"] = chance.pick(TA=95, Fa=4, Gd=1)
    house["GarageCond"] = chance.pick(TA=96, Fa=3, Po=1)


def _extras(house, chance):
    old = house["YearBuilt"] < 1960
    zero = ("WoodDeckSF", "OpenPorchSF", "EnclosedPorch", "3SsnPorch", "ScreenPorch", "PoolArea")
    house.update(dict.fromkeys(zero, 0), MiscVal=0)
    if chance.maybe(0.3 if old else 0.6):
        house["WoodDeckSF"] = chance.whole(40, 330)
    if chance.maybe(0.3 if old else 0.55):
        house["OpenPorchSF"] = chance.whole(16, 130)
    if chance.maybe(0.32 if old else 0.03):
        house["EnclosedPorch"] = chance.whole(30, 240)
    if chance.maybe(0.016):
        house["3SsnPorch"] = chance.whole(90, 320)
    if chance.maybe(0.08):
        house["ScreenPorch"] = chance.whole(60, 300)
    if chance.maybe(0.007) or house["Id"] == 40:
        house["PoolArea"] = chance.whole(370, 740)
        house["PoolQC"] = chance.pick(Ex=2, Gd=3, Fa=2)
    if chance.maybe(0.19):
        house["Fence"] = chance.pick(MnPrv=157, GdPrv=59, GdWo=54, MnWw=11)
    if chance.maybe(0.037):
        house["MiscFeature"] = chance.pick(Shed=49, Gar2=2, Othr=2, TenC=1)
        house["MiscVal"] = 50 * chance.whole(8, 40)


def _price(house, chance, mansion):
    finished = house["BsmtFinSF1"] + house["BsmtFinSF2"]
    size = house["GrLivArea"] + 0.4 * finished + 0.2 * house["BsmtUnfSF"]
    size += 0.4 * house["GarageArea"] + 0.15 * (house["WoodDeckSF"] + house["OpenPorchSF"])
    price = 605 * math.sqrt(size) * math.sqrt(math.sqrt(size))
    price *= PLACES[house["Neighborhood"]][4]
    price *= 1 + 0.095 * (house["OverallQual"] - 6)
    price *= 1 + 0.03 * (house["OverallCond"] - 5)
    price *= 1 + 0.0018 * (house["YearBuilt"] - 1975)
    price *= 1 + 0.001 * (house["YearRemodAdd"] - 1985)
    price *= 1 + 0.02 * (GRADES.index(house["KitchenQual"]) - 2)
    price *= 1 + 0.015 * (GRADES.index(house["ExterQual"]) - 2)
    price *= 1 + 0.05 * min(2, house["LotArea"] / 10000 - 1)
    price *= 1 + 0.025 * house["Fireplaces"] + 0.02 * house["BsmtFullBath"]
    price *= 1 + 0.02 * (house["FullBath"] - 1) + 0.01 * house["HalfBath"]
    price *= 1 if house["CentralAir"] == "Y" else 0.92
    price *= {"C (all)": 0.75, "RM": 0.97, "RH": 0.97}.get(house["MSZoning"], 1)
    price *= {"Duplex": 0.88, "2fmCon": 0.93}.get(house["BldgType"], 1)
    price *= {"Typ": 1, "Min1": 0.97, "Min2": 0.96, "Mod": 0.93}.get(house["Functional"], 0.85)
    terms = {"Abnorml": 0.89, "Family": 0.92, "AdjLand": 0.85, "Partial": 1.05}
    price *= terms.get(house["SaleCondition"], 1)
    sides = {"Feedr": 0.97, "Artery": 0.93, "PosN": 1.06, "PosA": 1.06}
    price *= sides.get(house["Condition1"], 1)
    price *= 1.05 if house["PoolArea"] else 1
    price *= 1 - 0.008 * (house["YrSold"] - 2006)
    price *= 1 + 0.08 * chance.bell()
    price *= chance.between(0.72, 0.9) if chance.maybe(0.025) else 1
    price *= 0.33 if mansion else 1
    step = 500 if chance.maybe(0.6) else 100
    house["SalePrice"] = max(34900, int(math.floor(price / step + 0.5)) * step)


def _lose_some(train, test):
    """Make the gaps that tell nothing, where the real files have such."""
    train[210]["Electrical"] = None
    for house in (train[97], train[333], test[23]):
        house.update(MasVnrType=None, MasVnrArea=None)
    with_basement = [house for house in train if house["BsmtQual"]]
    with_basement[150]["BsmtExposure"] = None
    for place, column in enumerate(
        ("MSZoning", "Utilities", "Functional", "KitchenQual", "SaleType", "Exterior1st")
    ):
        test[11 + 7 * place][column] = None
    test[46]["Exterior2nd"] = None
    bare = next(house for house in test if not house["BsmtQual"])
    bare.update(dict.fromkeys([name for name in COLUMNS if name.startswith("Bsmt")]))
    bare.update(TotalBsmtSF=None)
    old = [house for house in test if house["GarageType"] == "Detchd"]
    old[0].update(dict.fromkeys([name for name in COLUMNS if name.startswith("Garage")]))
    old[0].update(GarageType="Detchd")
    new = next(house for house in test if house["YearBuilt"] == house["GarageYrBlt"] == 2007)
    new.update(GarageYrBlt=2207)  # as in the real file: somebody's finger slipped

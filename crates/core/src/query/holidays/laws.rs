//! The public holidays of countries by their laws: the days that the whole of a country has.
//!
//! A country is here only if its law alone decides, for all of it and for years ahead. So countries are not here where a
//! decree of each year moves days (China, India, Hungary, Singapore), where parts of the country or of the work force
//! have different days (Australia, Canada, New Zealand, Spain, the Netherlands), or where days follow the sight of the
//! moon. Days that were proclaimed once are listed with their year.

use jiff::civil::Weekday::{Friday, Monday, Saturday, Thursday};

use super::country::{Day, Law, On, Weekend, easter, fixed, from, nth, special};

const NEW_YEAR: Day = fixed("New Year's Day", 1, 1);
const EPIPHANY: Day = fixed("Epiphany", 1, 6);
const MAUNDY_THURSDAY: Day = easter("Maundy Thursday", -3);
const GOOD_FRIDAY: Day = easter("Good Friday", -2);
const EASTER_SUNDAY: Day = easter("Easter Sunday", 0);
const EASTER_MONDAY: Day = easter("Easter Monday", 1);
const LABOUR_DAY: Day = fixed("Labour Day", 5, 1);
const ASCENSION: Day = easter("Ascension Day", 39);
const WHIT_SUNDAY: Day = easter("Whit Sunday", 49);
const WHIT_MONDAY: Day = easter("Whit Monday", 50);
const CORPUS_CHRISTI: Day = easter("Corpus Christi", 60);
const ASSUMPTION: Day = fixed("Assumption Day", 8, 15);
const ALL_SAINTS: Day = fixed("All Saints' Day", 11, 1);
const IMMACULATE_CONCEPTION: Day = fixed("Immaculate Conception", 12, 8);
const CHRISTMAS_EVE: Day = fixed("Christmas Eve", 12, 24);
const CHRISTMAS: Day = fixed("Christmas Day", 12, 25);
const ST_STEPHEN: Day = fixed("St Stephen's Day", 12, 26);

const fn law(code: &'static str, days: &'static [Day]) -> Law {
    Law {
        code,
        days,
        weekend: Weekend::Stays,
    }
}

/// By code.
pub(super) const LAWS: &[Law] = &[
    // Arbeitsruhegesetz § 7 (2).
    law(
        "AT",
        &[
            NEW_YEAR,
            EPIPHANY,
            EASTER_MONDAY,
            LABOUR_DAY,
            ASCENSION,
            WHIT_MONDAY,
            CORPUS_CHRISTI,
            ASSUMPTION,
            fixed("National Day", 10, 26),
            ALL_SAINTS,
            IMMACULATE_CONCEPTION,
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    // Arrêté royal of 18 April 1974, article 1.
    law(
        "BE",
        &[
            NEW_YEAR,
            EASTER_MONDAY,
            LABOUR_DAY,
            ASCENSION,
            WHIT_MONDAY,
            fixed("National Day", 7, 21),
            ASSUMPTION,
            ALL_SAINTS,
            fixed("Armistice Day", 11, 11),
            CHRISTMAS,
        ],
    ),
    // Lei 662/1949 as Lei 10.607/2002 has it, Lei 6.802/1980, Lei 14.759/2023; Good Friday by Lei 9.093/1995 everywhere.
    law(
        "BR",
        &[
            NEW_YEAR,
            GOOD_FRIDAY,
            fixed("Tiradentes", 4, 21),
            LABOUR_DAY,
            fixed("Independence Day", 9, 7),
            fixed("Our Lady of Aparecida", 10, 12),
            fixed("All Souls' Day", 11, 2),
            fixed("Proclamation of the Republic", 11, 15),
            fixed("Black Awareness Day", 11, 20).since(2024),
            CHRISTMAS,
        ],
    ),
    // Federal constitution, article 110 (3), for 1 August; the others are the days that the laws of all cantons have.
    law(
        "CH",
        &[NEW_YEAR, ASCENSION, fixed("National Day", 8, 1), CHRISTMAS],
    ),
    // Zákon 245/2000 Sb., §§ 1 and 2.
    law(
        "CZ",
        &[
            NEW_YEAR,
            GOOD_FRIDAY,
            EASTER_MONDAY,
            LABOUR_DAY,
            fixed("Victory Day", 5, 8),
            fixed("Cyril and Methodius Day", 7, 5),
            fixed("Jan Hus Day", 7, 6),
            fixed("Statehood Day", 9, 28),
            fixed("Independence Day", 10, 28),
            fixed("Freedom and Democracy Day", 11, 17),
            CHRISTMAS_EVE,
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    // Article 2 (2) of the Einigungsvertrag for 3 October; the others are the days that the laws of all Länder have.
    law(
        "DE",
        &[
            NEW_YEAR,
            GOOD_FRIDAY,
            EASTER_MONDAY,
            LABOUR_DAY,
            ASCENSION,
            WHIT_MONDAY,
            fixed("German Unity Day", 10, 3),
            fixed("Reformation Day", 10, 31).only(2017),
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    // Danske Lov 6-3-1 and the order of 26 October 1770; Lov 214/2023 did away with Great Prayer Day.
    law(
        "DK",
        &[
            NEW_YEAR,
            MAUNDY_THURSDAY,
            GOOD_FRIDAY,
            EASTER_SUNDAY,
            EASTER_MONDAY,
            easter("Great Prayer Day", 26).until(2023),
            ASCENSION,
            WHIT_SUNDAY,
            WHIT_MONDAY,
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    // Pühade ja tähtpäevade seadus, §§ 1 and 2.
    law(
        "EE",
        &[
            NEW_YEAR,
            fixed("Independence Day", 2, 24),
            GOOD_FRIDAY,
            EASTER_SUNDAY,
            fixed("Spring Day", 5, 1),
            WHIT_SUNDAY,
            fixed("Victory Day", 6, 23),
            fixed("Midsummer Day", 6, 24),
            fixed("Restoration of Independence", 8, 20),
            CHRISTMAS_EVE,
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    // Kirkkolaki 652/2023, chapter 1 (before it 1054/1993); laws 272/1944 (1 May) and 388/1937 (6 December).
    law(
        "FI",
        &[
            NEW_YEAR,
            EPIPHANY,
            GOOD_FRIDAY,
            EASTER_SUNDAY,
            EASTER_MONDAY,
            fixed("May Day", 5, 1),
            ASCENSION,
            WHIT_SUNDAY,
            from("Midsummer Day", 6, 20, Saturday),
            from("All Saints' Day", 10, 31, Saturday),
            fixed("Independence Day", 12, 6),
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    // Code du travail, article L3133-1.
    law(
        "FR",
        &[
            NEW_YEAR,
            EASTER_MONDAY,
            LABOUR_DAY,
            fixed("Victory Day", 5, 8),
            ASCENSION,
            WHIT_MONDAY,
            fixed("National Day", 7, 14),
            ASSUMPTION,
            ALL_SAINTS,
            fixed("Armistice Day", 11, 11),
            CHRISTMAS,
        ],
    ),
    GREAT_BRITAIN,
    // Zakon o blagdanima, NN 110/2019; before 2020 NN 33/1996 as amended.
    law(
        "HR",
        &[
            NEW_YEAR,
            EPIPHANY,
            EASTER_SUNDAY,
            EASTER_MONDAY,
            LABOUR_DAY,
            CORPUS_CHRISTI,
            fixed("Statehood Day", 5, 30).since(2020),
            fixed("Anti-Fascist Struggle Day", 6, 22),
            fixed("Statehood Day", 6, 25).until(2019),
            fixed("Victory and Homeland Thanksgiving Day", 8, 5),
            ASSUMPTION,
            fixed("Independence Day", 10, 8).until(2019),
            ALL_SAINTS,
            fixed("Remembrance Day", 11, 18).since(2020),
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    // Organisation of Working Time Act 1997, second schedule; S.I. 50 of 2022 (18 March 2022, and St Brigid's Day from
    // 2023 on: the first Monday in February, or the 1st if it is a Friday).
    law(
        "IE",
        &[
            NEW_YEAR,
            special("St Brigid's Day", On::StBrigid).since(2023),
            fixed("St Patrick's Day", 3, 17),
            fixed("Day of Remembrance", 3, 18).only(2022),
            EASTER_MONDAY,
            nth("May Day", 5, 1, Monday),
            nth("June Holiday", 6, 1, Monday),
            nth("August Holiday", 8, 1, Monday),
            nth("October Holiday", 10, -1, Monday),
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    // Legge 260/1949 with 54/1977, DPR 792/1985, 336/2000 and 151/2025 (4 October, from 2026 on).
    law(
        "IT",
        &[
            NEW_YEAR,
            EPIPHANY,
            EASTER_SUNDAY,
            EASTER_MONDAY,
            fixed("Liberation Day", 4, 25),
            LABOUR_DAY,
            fixed("Republic Day", 6, 2),
            ASSUMPTION,
            fixed("St Francis's Day", 10, 4).since(2026),
            ALL_SAINTS,
            IMMACULATE_CONCEPTION,
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    JAPAN,
    // Code du travail, article L. 232-2; law of 25 April 2019 for 9 May.
    law(
        "LU",
        &[
            NEW_YEAR,
            EASTER_MONDAY,
            LABOUR_DAY,
            fixed("Europe Day", 5, 9).since(2019),
            ASCENSION,
            WHIT_MONDAY,
            fixed("National Day", 6, 23),
            ASSUMPTION,
            ALL_SAINTS,
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    // Lov om helligdager og helligdagsfred, § 2; lov 1/1947 for 1 and 17 May.
    law(
        "NO",
        &[
            NEW_YEAR,
            MAUNDY_THURSDAY,
            GOOD_FRIDAY,
            EASTER_SUNDAY,
            EASTER_MONDAY,
            LABOUR_DAY,
            fixed("Constitution Day", 5, 17),
            ASCENSION,
            WHIT_SUNDAY,
            WHIT_MONDAY,
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    // Ustawa o dniach wolnych od pracy of 18 January 1951, article 1; Dz.U. 2018 poz. 2117 and 2024 poz. 1965.
    law(
        "PL",
        &[
            NEW_YEAR,
            EPIPHANY,
            EASTER_SUNDAY,
            EASTER_MONDAY,
            LABOUR_DAY,
            fixed("Constitution Day", 5, 3),
            WHIT_SUNDAY,
            CORPUS_CHRISTI,
            ASSUMPTION,
            ALL_SAINTS,
            fixed("Independence Day", 11, 11),
            fixed("Independence Day (100 years)", 11, 12).only(2018),
            CHRISTMAS_EVE.since(2025),
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    // Código do Trabalho, article 234, as Lei 8/2016 has it.
    law(
        "PT",
        &[
            NEW_YEAR,
            GOOD_FRIDAY,
            EASTER_SUNDAY,
            fixed("Freedom Day", 4, 25),
            LABOUR_DAY,
            CORPUS_CHRISTI,
            fixed("Portugal Day", 6, 10),
            ASSUMPTION,
            fixed("Republic Day", 10, 5),
            ALL_SAINTS,
            fixed("Restoration of Independence", 12, 1),
            IMMACULATE_CONCEPTION,
            CHRISTMAS,
        ],
    ),
    // Lag (1989:253) om allmänna helgdagar, § 1, without the Sundays that have no other name.
    law(
        "SE",
        &[
            NEW_YEAR,
            EPIPHANY,
            GOOD_FRIDAY,
            EASTER_SUNDAY,
            EASTER_MONDAY,
            LABOUR_DAY,
            ASCENSION,
            WHIT_SUNDAY,
            fixed("National Day", 6, 6),
            from("Midsummer Day", 6, 20, Saturday),
            from("All Saints' Day", 10, 31, Saturday),
            CHRISTMAS,
            ST_STEPHEN,
        ],
    ),
    // Zakon o praznikih in dela prostih dnevih, ZPDPD, articles 1 and 2; 14 August 2023 by Uradni list RS 90/2023.
    law(
        "SI",
        &[
            NEW_YEAR,
            fixed("New Year", 1, 2).since(2017),
            fixed("Prešeren Day", 2, 8),
            EASTER_SUNDAY,
            EASTER_MONDAY,
            fixed("Day of Uprising Against Occupation", 4, 27),
            LABOUR_DAY,
            fixed("Labour Day", 5, 2),
            WHIT_SUNDAY,
            fixed("Statehood Day", 6, 25),
            fixed("Day of Solidarity", 8, 14).only(2023),
            ASSUMPTION,
            fixed("Reformation Day", 10, 31),
            fixed("Day of Remembrance of the Dead", 11, 1),
            CHRISTMAS,
            fixed("Independence and Unity Day", 12, 26),
        ],
    ),
    UNITED_STATES,
];

/// Banking and Financial Dealings Act 1971, schedule 1, with the proclamations of each year: the days that England, Wales,
/// Scotland and Northern Ireland share. So without Easter Monday and the summer bank holiday, which Scotland has not or on
/// another day.
const GREAT_BRITAIN: Law = Law {
    code: "GB",
    days: &[
        NEW_YEAR,
        GOOD_FRIDAY,
        nth("Early May Bank Holiday", 5, 1, Monday).until(2019),
        // The 75th anniversary of the end of the war in Europe.
        nth("Early May Bank Holiday", 5, 2, Friday).only(2020),
        nth("Early May Bank Holiday", 5, 1, Monday).since(2021),
        nth("Spring Bank Holiday", 5, -1, Monday).until(2021),
        nth("Spring Bank Holiday", 6, 1, Thursday).only(2022),
        nth("Spring Bank Holiday", 5, -1, Monday).since(2023),
        fixed("Platinum Jubilee Bank Holiday", 6, 3).only(2022),
        fixed("State Funeral of Queen Elizabeth II", 9, 19).only(2022),
        fixed("Coronation of King Charles III", 5, 8).only(2023),
        CHRISTMAS,
        fixed("Boxing Day", 12, 26),
    ],
    weekend: Weekend::NextWeekday,
};

/// 国民の祝日に関する法律 (law 178 of 1948), article 2, with the laws for the accession of 2019 (99/2018) and the Olympic
/// games (of 2020 and 2021). The days of the equinoxes are announced in February of the year before.
const JAPAN: Law = Law {
    code: "JP",
    days: &[
        NEW_YEAR,
        nth("Coming of Age Day", 1, 2, Monday),
        fixed("National Foundation Day", 2, 11),
        fixed("Emperor's Birthday", 2, 23).since(2020),
        special("Vernal Equinox Day", On::SpringEquinox),
        fixed("Shōwa Day", 4, 29),
        fixed("Accession of the Emperor", 5, 1).only(2019),
        fixed("Constitution Memorial Day", 5, 3),
        fixed("Greenery Day", 5, 4),
        fixed("Children's Day", 5, 5),
        nth("Marine Day", 7, 3, Monday).until(2019),
        fixed("Marine Day", 7, 23).only(2020),
        fixed("Marine Day", 7, 22).only(2021),
        nth("Marine Day", 7, 3, Monday).since(2022),
        fixed("Mountain Day", 8, 11).until(2019),
        fixed("Mountain Day", 8, 10).only(2020),
        fixed("Mountain Day", 8, 8).only(2021),
        fixed("Mountain Day", 8, 11).since(2022),
        nth("Respect for the Aged Day", 9, 3, Monday),
        special("Autumnal Equinox Day", On::AutumnEquinox),
        nth("Sports Day", 10, 2, Monday).until(2019),
        fixed("Sports Day", 7, 24).only(2020),
        fixed("Sports Day", 7, 23).only(2021),
        nth("Sports Day", 10, 2, Monday).since(2022),
        fixed("Enthronement Ceremony", 10, 22).only(2019),
        fixed("Culture Day", 11, 3),
        fixed("Labour Thanksgiving Day", 11, 23),
        fixed("Emperor's Birthday", 12, 23).until(2018),
    ],
    weekend: Weekend::Japan,
};

/// 5 U.S.C. 6103 (a); (b) for Saturdays, Executive Order 11582 for Sundays. Holidays of states, and those of the District of
/// Columbia (Inauguration Day), are not among them.
const UNITED_STATES: Law = Law {
    code: "US",
    days: &[
        NEW_YEAR,
        nth("Birthday of Martin Luther King, Jr.", 1, 3, Monday),
        nth("Washington's Birthday", 2, 3, Monday),
        nth("Memorial Day", 5, -1, Monday),
        fixed("Juneteenth National Independence Day", 6, 19).since(2021),
        fixed("Independence Day", 7, 4),
        nth("Labor Day", 9, 1, Monday),
        nth("Columbus Day", 10, 2, Monday),
        fixed("Veterans Day", 11, 11),
        nth("Thanksgiving Day", 11, 4, Thursday),
        CHRISTMAS,
    ],
    weekend: Weekend::NearestWeekday,
};

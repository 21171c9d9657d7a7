//! What a site consists of, read from rows, with the reason why a row is refused.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::FormOfAddress;
use domain::id::{DepartmentId, HouseholdId, UnitId};
use domain::site::{Department, Household, Unit};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::table::{Refused, Row, Table};
use super::words::{Column, KINDS, Kind, Words};

/// Zone of a site whose file names none.
pub const ZONE_DEFAULT: &str = "Asia/Shanghai";

/// A building as the site file states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Building {
    /// As spoken: `8` for 8 棟.
    pub id: String,
    /// Name as printed, where it has one.
    pub name: String,
    /// Number of floors; 0 where unknown.
    pub floors: i32,
    /// Entrances in order; empty where it has one only.
    pub entrances: Vec<String>,
    /// Gone from the latest site file.
    #[serde(default)]
    pub retired: bool,
}

/// One thing that a file states.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its name from import to import.
    pub code: String,
    /// What is stated of it, in the form of the record, without `retired` and random ids.
    pub body: Map<String, Value>,
    /// Where in the file it stands.
    pub place: String,
}

/// Codes that rows may refer to: those of the roster and, while reading, those of the file.
pub type Codes = BTreeMap<Kind, BTreeSet<String>>;

/// Reads all rows. Rows of one kind are read after the kinds they refer to, wherever they stand
/// in the file. What is refused is told with its place.
#[must_use]
pub fn items(table: &Table, words: &Words, mut codes: Codes) -> (Vec<Item>, Vec<Refused>) {
    let mut items = Vec::new();
    let mut refused = table.refused.clone();
    let mut seen: BTreeSet<(Kind, String)> = BTreeSet::new();
    for kind in KINDS {
        for row in table.rows.iter().filter(|row| row.kind == kind) {
            let reader = Reader {
                row,
                words,
                codes: &codes,
            };
            match reader.item() {
                Ok((code, _)) if !seen.insert((kind, code.clone())) => refused.push(Refused {
                    place: row.place.clone(),
                    reason: format!("{code} stands in the file already; the first row holds"),
                    kind: Some(kind),
                    code: Some(code),
                }),
                Ok((code, body)) => {
                    codes.entry(kind).or_default().insert(code.clone());
                    let place = row.place.clone();
                    items.push(Item {
                        kind,
                        code,
                        body,
                        place,
                    });
                }
                Err(reason) => refused.push(Refused {
                    place: row.place.clone(),
                    reason,
                    kind: Some(kind),
                    code: reader.code().ok(),
                }),
            }
        }
    }
    (items, refused)
}

/// The code of the site that a file states, as far as it can be read.
#[must_use]
pub fn site_code(table: &Table) -> Option<String> {
    let mut sites = table.rows.iter().filter(|row| row.kind == Kind::Site);
    sites.find_map(|row| row.cells.get(&Column::Code).cloned())
}

type Read<T> = Result<T, String>;

/// Reads one row.
struct Reader<'a> {
    row: &'a Row,
    words: &'a Words,
    codes: &'a Codes,
}

impl Reader<'_> {
    fn item(&self) -> Read<(String, Map<String, Value>)> {
        let code = self.code()?;
        let body = match self.row.kind {
            Kind::Site => self.site(&code)?,
            Kind::Department => map(&Department {
                id: DepartmentId(code.clone()),
                name: self.need(Column::Name)?.to_owned(),
                retired: false,
            })?,
            Kind::Staff => self.staff(&code)?,
            Kind::Building => map(&self.building(&code)?)?,
            Kind::Unit => map(&self.unit(&code)?)?,
            Kind::Household => map(&self.household(&code)?)?,
        };
        Ok((code, body))
    }

    /// The code, stated or made from what names the thing anyway.
    fn code(&self) -> Read<String> {
        if let Some(code) = self.get(Column::Code) {
            return Ok(code.to_owned());
        }
        match self.row.kind {
            Kind::Site => self.need(Column::Code).map(str::to_owned),
            Kind::Department | Kind::Staff => self.need(Column::Name).map(str::to_owned),
            Kind::Building => self.need(Column::Building).map(str::to_owned),
            Kind::Unit => self.unit_code(),
            Kind::Household => {
                let unit = self.unit_code()?;
                Ok(format!("{unit}/{}", self.need(Column::Name)?))
            }
        }
    }

    /// `8-2-1103`: building, entrance where there are several, room.
    fn unit_code(&self) -> Read<String> {
        if self.row.kind == Kind::Household
            && let Some(unit) = self.get(Column::Unit)
        {
            return Ok(unit.to_owned());
        }
        let building = self.need(Column::Building)?;
        let room = self.need(Column::Room)?;
        Ok(match self.get(Column::Entrance) {
            Some(entrance) => format!("{building}-{entrance}-{room}"),
            None => format!("{building}-{room}"),
        })
    }

    fn site(&self, code: &str) -> Read<Map<String, Value>> {
        let short = code
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        if !short || !(1..=6).contains(&code.len()) {
            let heading = self.words.column_word(Column::Code);
            return Err(format!(
                "{heading} \"{code}\" must be 1 to 6 capital letters or digits, \
                 as it begins case numbers"
            ));
        }
        let zone = self.get(Column::Zone).unwrap_or(ZONE_DEFAULT);
        if zone.parse::<chrono_tz::Tz>().is_err() {
            return Err(format!(
                "unknown time zone \"{zone}\"; one is {ZONE_DEFAULT}"
            ));
        }
        let body = json!({ "code": code, "name": self.need(Column::Name)?, "zone": zone });
        map(&body)
    }

    fn staff(&self, code: &str) -> Read<Map<String, Value>> {
        let mut roles = Vec::new();
        for term in self.list(Column::Roles) {
            let role = self
                .words
                .role(&term)
                .filter(|role| self.words.is_site_role(role));
            let role = role.ok_or_else(|| {
                format!(
                    "unknown role \"{term}\"; the roles are {}",
                    self.words.role_words()
                )
            })?;
            if !roles.iter().any(|known| known == role) {
                roles.push(role.to_owned());
            }
        }
        let department = self.get(Column::Department);
        if let Some(department) = department {
            self.refer(Kind::Department, department)?;
        }
        let body = json!({
            "code": code,
            "name": self.need(Column::Name)?,
            "roles": roles,
            "department": department,
        });
        map(&body)
    }

    fn building(&self, code: &str) -> Read<Building> {
        Ok(Building {
            id: code.to_owned(),
            name: self.get(Column::Name).unwrap_or_default().to_owned(),
            floors: self.number(Column::Floors)?,
            entrances: self.list(Column::Entrance),
            retired: false,
        })
    }

    fn unit(&self, code: &str) -> Read<Unit> {
        let building = self.need(Column::Building)?;
        self.refer(Kind::Building, building)?;
        Ok(Unit {
            id: UnitId(code.to_owned()),
            building: building.to_owned(),
            entrance: self.get(Column::Entrance).unwrap_or_default().to_owned(),
            floor: self.number(Column::Floor)?,
            room: self.need(Column::Room)?.to_owned(),
            retired: false,
        })
    }

    fn household(&self, code: &str) -> Read<Household> {
        let unit = self.unit_code()?;
        self.refer(Kind::Unit, &unit)?;
        let form = match self.get(Column::Form) {
            None => None,
            Some(term) => Some(match self.words.form(term) {
                Some("ms") => FormOfAddress::Ms,
                Some("mr") => FormOfAddress::Mr,
                _ => {
                    let forms = self.words.form_words();
                    return Err(format!(
                        "unknown form of address \"{term}\"; known are {forms}"
                    ));
                }
            }),
        };
        Ok(Household {
            id: HouseholdId(code.to_owned()),
            unit: Some(UnitId(unit)),
            name: self.need(Column::Name)?.to_owned(),
            relation: self.get(Column::Relation).unwrap_or_default().to_owned(),
            telephones: self.list(Column::Telephones),
            form,
            notes: self.list(Column::Notes),
            retired: false,
        })
    }

    fn get(&self, column: Column) -> Option<&str> {
        self.row.cells.get(&column).map(String::as_str)
    }

    fn need(&self, column: Column) -> Read<&str> {
        self.get(column)
            .ok_or_else(|| format!("{} is missing", self.words.column_word(column)))
    }

    fn number(&self, column: Column) -> Read<i32> {
        let Some(text) = self.get(column) else {
            return Ok(0);
        };
        let heading = self.words.column_word(column);
        text.parse()
            .map_err(|_| format!("{heading} \"{text}\" is not a whole number"))
    }

    /// Several items in one cell: `接單員、專人`.
    fn list(&self, column: Column) -> Vec<String> {
        self.get(column)
            .unwrap_or_default()
            .split(['、', '，', ',', '；', ';'])
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn refer(&self, kind: Kind, code: &str) -> Read<()> {
        if self
            .codes
            .get(&kind)
            .is_some_and(|codes| codes.contains(code))
        {
            return Ok(());
        }
        let word = self.words.kind_word(kind);
        Err(format!(
            "{word} {code} is neither in this file nor known from an earlier one"
        ))
    }
}

fn map<T: Serialize>(value: &T) -> Read<Map<String, Value>> {
    let Ok(Value::Object(mut map)) = serde_json::to_value(value) else {
        return Err("the row cannot be written down".to_owned());
    };
    map.remove("retired");
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::table;

    fn read(text: &str) -> (Vec<Item>, Vec<Refused>) {
        let words = Words::load().unwrap();
        let table = table::read(text.as_bytes(), &words).unwrap();
        items(&table, &words, Codes::new())
    }

    #[test]
    fn rows_are_read_whatever_their_order() {
        let (items, refused) = read(
            "類型,編號,棟,單元,樓層,房號,姓名,職務,部門,電話\n\
             住戶,,8,2,,1103,王秀英,,,13800002206、02112345678\n\
             人員,,,,,,林曉雯,接單員、專人,客服部,\n\
             房屋,,8,2,11,1103,,,,\n\
             棟,,8,,,,,,,\n\
             部門,,,,,,客服部,,,\n",
        );
        assert_eq!(refused, []);
        let codes: Vec<_> = items.iter().map(|item| item.code.as_str()).collect();
        assert_eq!(
            codes,
            ["客服部", "林曉雯", "8", "8-2-1103", "8-2-1103/王秀英"]
        );
        assert_eq!(items[1].body["roles"], json!(["officer", "handler"]));
        assert_eq!(
            items[4].body["telephones"],
            json!(["13800002206", "02112345678"])
        );
    }

    #[test]
    fn refused_rows_say_where_and_why() {
        let (items, refused) = read(
            "類型,編號,棟,樓層,房號,姓名,職務,部門,時區,名稱\n\
             站點,ys,,,,,,,,雲杉\n\
             站點,YS,,,,,,,Mars/Base,雲杉\n\
             人員,,,,,某甲,廚師,,,\n\
             人員,,,,,某乙,專人,無此部,,\n\
             棟,8,,,,,,,,\n\
             棟,8,,,,,,,,\n\
             房屋,,8,三,301,,,,,\n\
             房屋,,9,3,301,,,,,\n\
             房屋,,8,3,,,,,,\n",
        );
        assert_eq!(items.len(), 1);
        let told: Vec<_> = refused.iter().map(|r| (r.place.as_str(), r.kind)).collect();
        assert_eq!(refused.len(), 8, "{told:?}");
        assert!(
            refused
                .iter()
                .any(|r| r.place == "row 4" && r.reason.contains("廚師"))
        );
        assert!(
            refused
                .iter()
                .any(|r| r.place == "row 7" && r.code.as_deref() == Some("8"))
        );
        assert!(
            refused
                .iter()
                .any(|r| r.place == "row 10" && r.reason.contains("房號"))
        );
    }
}

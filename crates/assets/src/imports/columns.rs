//! Which column of a file becomes which field of the equipment: recognised by the header, in English and in French, or as
//! a person maps them.

use std::{collections::BTreeMap, fmt, str::FromStr};

/// What a column becomes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The equipment's id, to find it by.
    Id,
    /// The customer: name, code, tag or id.
    Customer,
    /// A field, by its name in the API.
    Field(&'static str),
    /// A field of one's own.
    Custom(String),
}

/// The fields, by their names in the API, each with the headers that mean it: without accents, in lower case, words only.
const HEADERS: &[(&str, &[&str])] = &[
    ("id", &["id", "equipment id", "equipment", "vigie id", "id equipement"]),
    (
        "customer",
        &[
            "customer",
            "customer name",
            "client",
            "nom du client",
            "company",
            "societe",
            "entite",
            "entity",
            "organisation",
            "organization",
            "customer id",
            "customer code",
            "code client",
        ],
    ),
    (
        "name",
        &[
            "name",
            "nom",
            "hostname",
            "host name",
            "computer name",
            "computer",
            "device name",
            "device",
            "asset name",
            "machine",
            "machine name",
            "equipment name",
            "nom de machine",
            "nom de la machine",
            "nom du poste",
            "nom de l equipement",
            "nom d hote",
            "equipement",
            "poste",
            "ordinateur",
            "designation",
        ],
    ),
    (
        "type",
        &[
            "type",
            "kind",
            "category",
            "categorie",
            "device type",
            "asset type",
            "equipment type",
            "type d equipement",
            "type de materiel",
            "genre",
        ],
    ),
    ("status", &["status", "state", "statut", "etat", "lifecycle"]),
    ("manufacturer", &["manufacturer", "maker", "brand", "make", "fabricant", "marque", "constructeur"]),
    ("model", &["model", "modele", "product", "model name", "nom du modele"]),
    (
        "serial",
        &[
            "serial",
            "serial number",
            "serial no",
            "serialnumber",
            "sn",
            "s n",
            "service tag",
            "numero de serie",
            "no de serie",
            "n de serie",
            "no serie",
            "num serie",
            "numero serie",
            "serie",
        ],
    ),
    ("uuid", &["uuid", "guid", "smbios uuid", "uuid du micrologiciel"]),
    (
        "location",
        &[
            "location",
            "place",
            "room",
            "office",
            "site",
            "lieu",
            "emplacement",
            "localisation",
            "bureau",
            "salle",
            "piece",
        ],
    ),
    (
        "person",
        &[
            "person",
            "user",
            "username",
            "user name",
            "assigned to",
            "owner",
            "employee",
            "personne",
            "utilisateur",
            "nom d utilisateur",
            "affecte a",
            "attribue a",
            "detenteur",
            "beneficiaire",
            "proprietaire",
        ],
    ),
    (
        "asset_number",
        &[
            "asset number",
            "asset no",
            "asset tag",
            "asset id",
            "inventory number",
            "inventory no",
            "tag",
            "numero d inventaire",
            "no d inventaire",
            "n d inventaire",
            "no inventaire",
            "numero inventaire",
            "num inventaire",
            "numero d actif",
            "immobilisation",
            "numero d immobilisation",
            "numero interne",
        ],
    ),
    (
        "purchase_date",
        &[
            "purchase date",
            "purchased",
            "purchased on",
            "date of purchase",
            "bought",
            "bought on",
            "date d achat",
            "achat",
            "achete le",
            "date achat",
        ],
    ),
    (
        "warranty_end",
        &[
            "warranty end",
            "warranty ends",
            "warranty",
            "warranty expiry",
            "warranty expiration",
            "end of warranty",
            "warranty until",
            "warranty end date",
            "fin de garantie",
            "garantie",
            "garantie jusqu au",
            "date de fin de garantie",
            "fin garantie",
            "echeance de garantie",
        ],
    ),
    ("supplier", &["supplier", "vendor", "reseller", "bought from", "fournisseur", "revendeur", "vendeur"]),
    (
        "notes",
        &[
            "notes",
            "note",
            "comment",
            "comments",
            "remark",
            "remarks",
            "commentaire",
            "commentaires",
            "remarque",
            "remarques",
            "observation",
            "observations",
        ],
    ),
];

/// What headers of fields of one's own begin with.
const CUSTOM: &[&str] = &["custom", "custom field", "champ", "champ personnalise"];

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id => f.write_str("id"),
            Self::Customer => f.write_str("customer"),
            Self::Field(name) => f.write_str(name),
            Self::Custom(name) => write!(f, "custom:{name}"),
        }
    }
}

/// The text names no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownTarget;

impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, UnknownTarget> {
        if let Some(name) = text.strip_prefix("custom:") {
            let name = name.trim();
            let fits = !name.is_empty() && name.chars().count() <= 64 && !name.chars().any(char::is_control);
            return if fits { Ok(Self::Custom(name.to_owned())) } else { Err(UnknownTarget) };
        }
        match text {
            "id" => Ok(Self::Id),
            "customer" => Ok(Self::Customer),
            _ => HEADERS.iter().find(|(name, _)| *name == text).map(|(name, _)| Self::Field(name)).ok_or(UnknownTarget),
        }
    }
}

/// Words alone: lower case, no accents, one space between them.
pub(super) fn plain(text: &str) -> String {
    let ascii = any_ascii::any_ascii(&text.replace('°', "o")).to_lowercase();
    ascii.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What a header means; none: nothing that is known.
pub fn recognise(header: &str) -> Option<Target> {
    if let Some((prefix, name)) = header.split_once([':', '.'])
        && CUSTOM.contains(&plain(prefix).as_str())
    {
        return format!("custom:{name}").parse().ok();
    }
    // Exports name a customer's column so.
    let words = plain(header);
    let words = if words == "customer name" { "customer" } else { &words };
    HEADERS.iter().find(|(_, known)| known.contains(&words)).and_then(|(name, _)| name.parse().ok())
}

/// For each column of a file what it becomes; none: it is left out. Of two columns that mean the same the first counts.
pub fn recognise_all(columns: &[String]) -> Vec<Option<Target>> {
    let mut found: Vec<Option<Target>> = Vec::with_capacity(columns.len());
    for column in columns {
        let target = recognise(column).filter(|it| !found.contains(&Some(it.clone())));
        found.push(target);
    }
    found
}

/// A mapping that does not fit the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// The file has no such column.
    #[error("the file has no column {0:?}")]
    Column(String),
    /// There is no such field.
    #[error("{0:?} is no field")]
    Field(String),
    /// Two columns become one field.
    #[error("two columns become {0:?}")]
    Twice(String),
    /// Nothing is mapped.
    #[error("no column is recognised: say which column becomes which field")]
    Nothing,
}

/// For each column of a file what it becomes, by a mapping of names to fields where there is one.
pub fn targets(
    columns: &[String],
    mapping: Option<&BTreeMap<String, Option<String>>>,
) -> Result<Vec<Option<Target>>, MappingError> {
    let found = match mapping {
        None => recognise_all(columns),
        Some(mapping) => mapped(columns, mapping)?,
    };
    if found.iter().all(Option::is_none) { Err(MappingError::Nothing) } else { Ok(found) }
}

fn mapped(columns: &[String], mapping: &BTreeMap<String, Option<String>>) -> Result<Vec<Option<Target>>, MappingError> {
    let mut found = vec![None; columns.len()];
    for (column, field) in mapping {
        let at = columns.iter().position(|it| it == column).ok_or_else(|| MappingError::Column(column.clone()))?;
        let Some(field) = field.as_ref().filter(|it| !it.is_empty()) else { continue };
        let target: Target = field.parse().map_err(|UnknownTarget| MappingError::Field(field.clone()))?;
        if found.contains(&Some(target.clone())) {
            return Err(MappingError::Twice(field.clone()));
        }
        found[at] = Some(target);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(header: &str) -> Option<String> {
        recognise(header).map(|it| it.to_string())
    }

    #[test]
    fn headers_are_recognised_in_both_languages_however_they_are_written() {
        for (header, field) in [
            ("Name", "name"),
            ("NOM", "name"),
            ("Numéro de série", "serial"),
            ("N° de série", "serial"),
            ("Serial_Number", "serial"),
            ("Asset number", "asset_number"),
            ("Numéro d’inventaire", "asset_number"),
            ("Client", "customer"),
            ("customer.name", "customer"),
            ("Statut", "status"),
            ("Type", "type"),
            ("Emplacement", "location"),
            ("Utilisateur", "person"),
            ("Date d'achat", "purchase_date"),
            ("Fin de garantie", "warranty_end"),
            ("Warranty end", "warranty_end"),
            ("Fournisseur", "supplier"),
            ("Modèle", "model"),
            ("Fabricant", "manufacturer"),
            ("Custom: Colour", "custom:Colour"),
            ("Champ : Étage", "custom:Étage"),
            ("id", "id"),
        ] {
            assert_eq!(named(header).as_deref(), Some(field), "{header}");
        }
        assert_eq!(named("os.name"), None);
        assert_eq!(named("Colour"), None);
    }

    #[test]
    fn every_field_leads_back_to_itself_and_no_header_means_two() {
        let mut seen = std::collections::BTreeSet::new();
        for (name, headers) in HEADERS {
            assert_eq!(name.parse::<Target>().unwrap().to_string(), *name);
            for header in *headers {
                assert_eq!(plain(header), *header);
                assert!(seen.insert(header), "{header} twice");
            }
        }
    }

    #[test]
    fn a_mapping_is_held_to_the_file() {
        let columns = ["A".to_owned(), "B".to_owned()];
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, Option<String>> {
            pairs.iter().map(|(column, field)| ((*column).to_owned(), Some((*field).to_owned()))).collect()
        };
        let found = targets(&columns, Some(&map(&[("A", "name"), ("B", "custom:Floor")]))).unwrap();
        assert_eq!(found, [Some(Target::Field("name")), Some(Target::Custom("Floor".to_owned()))]);
        let refused = |pairs: &[(&str, &str)]| targets(&columns, Some(&map(pairs))).unwrap_err();
        assert_eq!(refused(&[("C", "name")]), MappingError::Column("C".to_owned()));
        assert_eq!(refused(&[("A", "colour")]), MappingError::Field("colour".to_owned()));
        assert_eq!(refused(&[("A", "name"), ("B", "name")]), MappingError::Twice("name".to_owned()));
        assert_eq!(refused(&[]), MappingError::Nothing);
        assert_eq!(targets(&columns, None), Err(MappingError::Nothing));
    }
}

//! Writes a list of equipment as people have it in a spreadsheet, for what is measured of imports.
//!
//! usage: `park_file FILE.csv|FILE.xlsx LINES`

use std::io::{BufWriter, Write as _};

use anyhow::Context as _;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

const HEADER: [&str; 10] = [
    "Name",
    "Serial number",
    "Asset number",
    "Type",
    "Status",
    "Manufacturer",
    "Model",
    "Location",
    "Person",
    "Purchase date",
];

/// A line, but its date.
fn line(number: u32) -> [String; 9] {
    let one_of = |words: &[&str]| words[number as usize % words.len()].to_owned();
    [
        format!("PC-{number:06}"),
        format!("SN{:08X}", number.wrapping_mul(2_654_435_761)),
        format!("INV-{number:06}"),
        one_of(&["Laptop", "Workstation", "Server", "Printer"]),
        one_of(&["In use", "In use", "In stock"]),
        one_of(&["Dell Inc.", "HP", "Lenovo"]),
        format!("Model {}", number % 97),
        format!("Building {}, room {}", number % 40, number % 900),
        format!("Person {}", number % 20_011),
    ]
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().context("usage: park_file FILE.csv|FILE.xlsx LINES")?;
    let lines: u32 = arguments.next().context("the number of lines is missing")?.parse()?;
    if std::path::Path::new(&path).extension().is_some_and(|it| it.eq_ignore_ascii_case("csv")) {
        let mut file = BufWriter::new(std::fs::File::create(path)?);
        writeln!(file, "{}", HEADER.join(";"))?;
        for number in 0..lines {
            writeln!(file, "{};2024-05-{:02}", line(number).join(";"), number % 28 + 1)?;
        }
        return Ok(file.flush()?);
    }
    let mut book = Workbook::new();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = book.add_worksheet();
    for (column, name) in (0_u16..).zip(HEADER) {
        sheet.write_string(0, column, name)?;
    }
    for number in 0..lines {
        for (column, text) in (0_u16..).zip(line(number)) {
            sheet.write_string(number + 1, column, text)?;
        }
        let bought = ExcelDateTime::from_ymd(2024, 5, u8::try_from(number % 28 + 1)?)?;
        sheet.write_datetime_with_format(number + 1, 9, bought, &day)?;
    }
    Ok(book.save(path)?)
}

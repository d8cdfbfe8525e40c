//! Files as people have them, and files as nobody should: what is read of them, and what is refused.

use std::{
    io::{Cursor, Write as _},
    ops::ControlFlow,
};

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

fn open_with(bytes: &[u8], hints: &Hints) -> Result<Table, Unreadable> {
    Table::open(Box::new(Cursor::new(bytes.to_vec())), hints)
}

fn open(bytes: &[u8]) -> Result<Table, Unreadable> {
    open_with(bytes, &Hints::default())
}

fn lines(table: &mut Table) -> Vec<Line> {
    let mut found = Vec::new();
    table
        .each(&mut |line| {
            found.push(line);
            ControlFlow::Continue(())
        })
        .unwrap();
    found
}

fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut table = open(bytes).unwrap();
    let header = table.columns.clone();
    std::iter::once(header).chain(lines(&mut table).into_iter().map(|it| it.cells)).collect()
}

fn code(bytes: &[u8]) -> &'static str {
    let ended = open(bytes).and_then(|mut table| table.each(&mut |_| ControlFlow::Continue(())));
    ended.unwrap_err().code()
}

#[test]
fn separators_are_found_and_quoted_cells_may_hold_them_and_ends_of_lines() {
    let wanted = [["Name", "Notes"], ["a", "x, y; z"], ["b", "two\nlines"]];
    for separator in [",", ";", "\t", "|"] {
        let text = "Name#Notes\r\na#\"x, y; z\"\r\n\r\n##\r\nb#\"two\nlines\"\r\n".replace('#', separator);
        assert_eq!(cells(text.as_bytes())[..2], wanted[..2], "{separator}");
        assert_eq!(cells(text.as_bytes()).len(), 3 + usize::from(separator != "#") - 1, "{separator}");
    }
    let mut table = open(b"Nom;Prix\nun;1,5\ndeux;2,5\n").unwrap();
    assert_eq!(table.about.delimiter, Some(Delimiter::Semicolon));
    assert_eq!(lines(&mut table)[1].number, 3);
    assert_eq!(open(b"sep=|\nName|Notes\na|b;c\n").unwrap().columns, ["Name", "Notes"]);
    assert_eq!(open(b"Name\nonly\n").unwrap().columns, ["Name"]);
}

#[test]
fn numbers_of_lines_are_those_of_the_file() {
    let mut table = open(b"\n\nName,Notes\na,\"1\n2\"\n\nb,\n").unwrap();
    assert_eq!(lines(&mut table).iter().map(|it| it.number).collect::<Vec<_>>(), [4, 7]);
    for ends in ["\r\n", "\r"] {
        let text = "Name,Notes\na,\n\n\nb,\"x\"\nc,d".replace('\n', ends);
        let mut table = open(text.as_bytes()).unwrap();
        assert_eq!(lines(&mut table).iter().map(|it| it.number).collect::<Vec<_>>(), [2, 5, 6], "{ends:?}");
    }
}

#[test]
fn encodings_are_found_or_said() {
    let text = "Nom;Lieu\nÉcran;Orléans\n";
    let utf16 = |low_first: bool| -> Vec<u8> {
        let mut bytes = if low_first { vec![0xFF, 0xFE] } else { vec![0xFE, 0xFF] };
        for unit in text.encode_utf16() {
            bytes.extend(if low_first { unit.to_le_bytes() } else { unit.to_be_bytes() });
        }
        bytes
    };
    let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), Encoding::Utf8),
        ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), Encoding::Utf8),
        (utf16(true), Encoding::Utf16Le),
        (utf16(false), Encoding::Utf16Be),
        (windows.to_vec(), Encoding::Windows1252),
    ] {
        assert_eq!(cells(&bytes), [["Nom", "Lieu"], ["Écran", "Orléans"]], "{encoding:?}");
        assert_eq!(open(&bytes).unwrap().about.encoding, Some(encoding));
    }
    let hints = Hints { encoding: Some(Encoding::Utf16Le), ..Hints::default() };
    assert_eq!(open_with(&utf16(true)[2..], &hints).unwrap().columns, ["Nom", "Lieu"]);
    assert_eq!(code(&utf16(true)[2..]), "not-a-table", "UTF-16 that does not say so");
}

#[test]
fn lines_in_another_encoding_than_the_file_are_faulty_and_the_others_are_read() {
    let mut table = open(b"Nom;Lieu\n\xC3\x89cran;a\nOrl\xE9ans;b\nc;d\n").unwrap();
    assert!(table.about.mixed);
    let faults: Vec<_> = lines(&mut table).into_iter().map(|it| it.fault).collect();
    assert_eq!(faults, [None, Some(Fault::Encoding), None]);
}

#[test]
fn columns_have_names_of_their_own() {
    let table = open(b"Name,, Name ,name\x7F,Long\nx,y,z,w,v\n").unwrap();
    assert_eq!(table.columns, ["Name", "Column 2", "Name (2)", "name", "Long"]);
    assert_eq!(open(b"Name,Notes,,,\nx\n").unwrap().columns, ["Name", "Notes"], "empty columns at the end are none");
}

#[test]
fn a_line_with_more_cells_than_the_header_is_faulty_unless_they_are_empty() {
    let mut table = open(b"Name,Notes\na,b,c\nd,e,,\nf\n").unwrap();
    let read = lines(&mut table);
    assert_eq!(read[0].fault, Some(Fault::Cells));
    assert_eq!((read[1].fault.clone(), read[1].cells.len()), (None, 2));
    assert_eq!(read[2].cells, ["f", ""]);
}

#[test]
fn what_is_no_table_is_said_so() {
    assert_eq!(code(b""), "empty");
    assert_eq!(code(b"\n\n  \n"), "empty");
    assert_eq!(code(b"%PDF-1.7\n\x00\x01\x02"), "not-a-table");
    assert_eq!(code(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest"), "old-workbook");
    assert_eq!(code(b"PK\x03\x04 and no more"), "damaged");
    let wide = vec!["x"; 16_000].join(",");
    assert_eq!(code(format!("{wide}\n1\n").as_bytes()), "columns-too-many");
    let endless = format!("Name\n{}", "x".repeat(200_000));
    assert_eq!(code(endless.as_bytes()), "line-too-long");
    let unclosed = format!("Name,Notes\na,\"b\n{}", "c,d\n".repeat(100_000));
    assert!(matches!(
        open(unclosed.as_bytes()).unwrap().each(&mut |_| ControlFlow::Continue(())),
        Err(Unreadable::LongLine(2))
    ));
    let header = "x".repeat(500_000);
    assert_eq!(code(header.as_bytes()), "line-too-long");
    let long = format!("Name\n{}", "a\n".repeat(usize::try_from(MOST_LINES).unwrap() + 1));
    assert_eq!(code(long.as_bytes()), "lines-too-many");
}

fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let day = Style::new().set_num_format("dd/mm/yyyy");
    let sheet = book.add_worksheet().set_name("Parc").unwrap();
    for (column, name) in (0_u16..).zip(["Name", "Serial", "Purchased", "Spare", "Sum"]) {
        sheet.write_string(1, column, name).unwrap();
    }
    sheet.write_string(2, 0, "Poste é").unwrap();
    sheet.write_number(2, 1, 123_456_789_012.0).unwrap();
    sheet.write_datetime_with_format(2, 2, ExcelDateTime::from_ymd(2024, 2, 29).unwrap(), &day).unwrap();
    sheet.write_boolean(2, 3, true).unwrap();
    sheet.write_formula(2, 4, Formula::new("=1+1").set_result("2")).unwrap();
    sheet.write_string(5, 0, "far below").unwrap();
    sheet.write_formula(5, 4, Formula::new("=NA()").set_result("#N/A")).unwrap();
    book.add_worksheet().set_name("Other").unwrap().write_string(0, 0, "Only").unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_is_read_as_it_shows() {
    let bytes = workbook();
    let mut table = open(&bytes).unwrap();
    assert_eq!((table.about.sheet.as_deref(), table.about.sheets.len()), (Some("Parc"), 2));
    assert_eq!(table.columns, ["Name", "Serial", "Purchased", "Spare", "Sum"]);
    let read = lines(&mut table);
    assert_eq!(read[0].cells, ["Poste é", "123456789012", "2024-02-29", "TRUE", "2"]);
    assert_eq!((read[0].number, read[0].calculated, &read[0].fault), (3, true, &None));
    assert_eq!((read[1].number, read[1].cells[0].as_str()), (6, "far below"));
    assert_eq!(read[1].fault, Some(Fault::CellError { column: 4, error: "#N/A".to_owned() }));
    assert_eq!(lines(&mut table).len(), 2, "a table can be read again");
    let hints = Hints { sheet: Some("Other".to_owned()), ..Hints::default() };
    assert_eq!(open_with(&bytes, &hints).unwrap().columns, ["Only"]);
    let hints = Hints { sheet: Some("None".to_owned()), ..Hints::default() };
    assert_eq!(open_with(&bytes, &hints).err().unwrap().code(), "sheet-unknown");
}

/// A workbook of these parts, and what every workbook has.
fn made(sheet: &str, strings: &str) -> Vec<u8> {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relation =
        |id: &str, kind: &str, to: &str| format!(r#"<Relationship Id="{id}" Type="{office}/{kind}" Target="{to}"/>"#);
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        (
            "_rels/.rels",
            format!("<Relationships>{}</Relationships>", relation("r", "officeDocument", "xl/workbook.xml")),
        ),
        ("xl/workbook.xml", r#"<workbook><sheets><sheet name="S" r:id="a"/></sheets></workbook>"#.to_owned()),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships>{}{}</Relationships>",
                relation("a", "worksheet", "/xl/worksheets/sheet1.xml"),
                relation("b", "sharedStrings", "sharedStrings.xml")
            ),
        ),
        ("xl/worksheets/sheet1.xml", format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>")),
        ("xl/sharedStrings.xml", strings.to_owned()),
    ] {
        file.start_file(name, SimpleFileOptions::default()).unwrap();
        file.write_all(content.as_bytes()).unwrap();
    }
    file.finish().unwrap().into_inner()
}

#[test]
fn texts_of_a_workbook_are_put_together_and_how_they_are_pronounced_is_left_out() {
    let strings = "<sst uniqueCount=\"99999999999\"><si><r><t>Na</t></r><r><t>me</t></r><rPh><t>neim</t></rPh></si>\
                   <si><t>a &amp; b_x000D_</t></si></sst>";
    let sheet = "<row><c t=\"s\"><v>0</v></c></row><row><c t=\"s\"><v>1</v></c></row>\
                 <row><c t=\"inlineStr\"><is><t>in line</t></is></c></row>\
                 <row><c t=\"str\"><f>A1</f><v>said</v></c></row><row><c><f>A1</f></c></row>";
    let mut table = open(&made(sheet, strings)).unwrap();
    assert_eq!(table.columns, ["Name"]);
    let read = lines(&mut table);
    let texts: Vec<&str> = read.iter().map(|it| it.cells[0].as_str()).collect();
    assert_eq!(texts, ["a & b", "in line", "said", ""]);
    assert_eq!(read[3].fault, Some(Fault::NotCalculated { column: 0 }));
}

#[test]
fn workbooks_that_would_take_all_memory_are_refused() {
    let wide = "<c t=\"str\"><v>x</v></c>".repeat(16_384);
    assert_eq!(code(&made(&format!("<row>{wide}</row>"), "<sst/>")), "columns-too-many");
    let long = format!("<row><c t=\"str\"><v>{}</v></c></row>", "x".repeat(1 << 20));
    assert_eq!(code(&made(&long, "<sst/>")), "damaged", "an event without an end");
    let pieces = format!("<row><c t=\"str\"><v>{}</v></c></row>", "x&amp;".repeat(100_000));
    assert_eq!(code(&made(&pieces, "<sst/>")), "line-too-long");
    let deep = "<a>".repeat(100_000);
    assert_eq!(code(&made(&deep, "<sst/>")), "damaged");
    let strings = format!("<sst>{}</sst>", format!("<si><t>{}</t></si>", "x".repeat(200_000)).repeat(700));
    assert_eq!(code(&made("<row/>", &strings)), "unpacked-too-much");
    let missing = "<row><c t=\"s\"><v>7</v></c></row>";
    assert_eq!(code(&made(missing, "<sst/>")), "damaged");
    let typed = "<!DOCTYPE a [<!ENTITY x \"y\">]><sst/>";
    assert_eq!(code(&made("<row/>", typed)), "damaged");
    let whole = workbook();
    assert_eq!(code(&whole[..whole.len() / 2]), "damaged");
}

#[test]
fn rows_count_upwards_whatever_is_said_of_them() {
    let row = |r: &str, text: &str| format!("<row r=\"{r}\"><c t=\"str\"><v>{text}</v></c></row>");
    let sheet = [row("5", "Name"), row("5", "a"), row("1", "b"), row("99999999999999999999", "c"), row("20", "d")];
    let numbers: Vec<u64> =
        lines(&mut open(&made(&sheet.concat(), "<sst/>")).unwrap()).iter().map(|it| it.number).collect();
    assert_eq!(numbers, [6, 7, 8, 20]);
}

#[test]
fn days_are_counted_as_spreadsheets_do() {
    for (raw, since_1904, text) in [
        ("1", false, "1900-01-01"),
        ("59", false, "1900-02-28"),
        ("61", false, "1900-03-01"),
        ("45351", false, "2024-02-29"),
        ("45351.5", false, "2024-02-29T12:00:00"),
        ("45351.999999", false, "2024-03-01"),
        ("0.25", false, "06:00:00"),
        ("0", true, "1904-01-01"),
        ("43889", true, "2024-02-29"),
    ] {
        assert_eq!(cells::date(raw, since_1904).as_deref(), Some(text), "{raw}");
    }
    assert_eq!(cells::date("-1", false), None);
    assert_eq!(cells::date("1e300", false), None);
    assert!(cells::is_date("[$-40C]d mmm yyyy") && cells::is_date("[h]:mm") && cells::is_date("mm/yy"));
    assert!(!cells::is_date("0.00 \"days\"") && !cells::is_date("#,##0\\d") && !cells::is_date("General"));
    assert_eq!(cells::number("1.23456789012E+11"), "123456789012");
    assert_eq!(cells::number("0.30000000000000004"), "0.3");
    assert_eq!(cells::number("0012"), "0012");
}

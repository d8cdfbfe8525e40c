//! Files that are imported: whatever they are, what is read of them keeps within its bounds, is the same each time, and an
//! end comes. The first byte says which: bytes as they come, or a workbook whose sheet or shared strings they are.
#![no_main]

use std::{
    io::{Cursor, Write as _},
    ops::ControlFlow,
};

use vigie_fuzz::table::{Hints, LONGEST_LINE, Line, MOST_COLUMNS, Table};
use zip::{ZipWriter, write::SimpleFileOptions};

fn read(bytes: &[u8]) -> Option<Vec<Line>> {
    let mut table = Table::open(Box::new(Cursor::new(bytes.to_vec())), &Hints::default()).ok()?;
    assert!((1..=MOST_COLUMNS).contains(&table.columns.len()));
    for (at, name) in table.columns.iter().enumerate() {
        assert!(!name.is_empty() && !table.columns[..at].contains(name));
    }
    let (width, mut lines, mut last) = (table.columns.len(), Vec::new(), 0);
    let ended = table.each(&mut |line| {
        assert!(line.number > last, "{} after {last}", line.number);
        last = line.number;
        assert_eq!(line.cells.len(), width);
        assert!(line.cells.iter().map(String::len).sum::<usize>() <= LONGEST_LINE);
        lines.push(line);
        if lines.len() < 1000 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    ended.is_ok().then_some(lines)
}

/// A workbook with a part of these bytes.
fn workbook(part: &str, bytes: &[u8]) -> Vec<u8> {
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let root = format!("<a><Relationship Id=\"r\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></a>");
    let book = format!("<a><Relationship Id=\"a\" Type=\"{OFFICE}/worksheet\" Target=\"sheet.xml\"/></a>");
    let sheet = b"<worksheet><sheetData><row><c t=\"s\"><v>0</v></c></row></sheetData></worksheet>";
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", b"<a><sheet name=\"S\" id=\"a\"/></a>"),
        ("xl/_rels/workbook.xml.rels", book.as_bytes()),
        ("xl/sheet.xml", sheet),
        ("xl/sharedStrings.xml", b"<sst><si><t>Name</t></si></sst>"),
        ("xl/styles.xml", b"<a/>"),
    ] {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        let content = if name == part { bytes } else { content };
        if file.start_file(name, options).and_then(|()| Ok(file.write_all(content)?)).is_err() {
            return Vec::new();
        }
    }
    file.finish().map(Cursor::into_inner).unwrap_or_default()
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = data.split_first() else { return };
    let file = match which % 4 {
        0 => bytes.to_vec(),
        1 => workbook("xl/sheet.xml", bytes),
        2 => workbook("xl/sharedStrings.xml", bytes),
        _ => workbook("xl/styles.xml", bytes),
    };
    assert_eq!(read(&file), read(&file));
});

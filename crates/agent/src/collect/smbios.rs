//! The firmware's SMBIOS structures as the operating system hands them out (DMTF DSP0134): every board, memory slot and
//! socket. Offsets and codes are of version 3.7 of that standard.

use std::ops::Range;

/// Most structures that are looked at.
const MAX_STRUCTURES: usize = 4096;

/// All structures.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    bytes: Vec<u8>,
    structures: Vec<Span>,
}

#[derive(Debug)]
struct Span {
    kind: u8,
    formatted: Range<usize>,
    strings: Range<usize>,
}

/// One structure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Structure<'a> {
    formatted: &'a [u8],
    strings: &'a [u8],
}

impl Tables {
    /// Finds the structures in the tables; damaged ones end the reading.
    pub(crate) fn parse(bytes: Vec<u8>) -> Self {
        let mut structures = Vec::new();
        let mut at = 0;
        while structures.len() < MAX_STRUCTURES {
            let (Some(&kind), Some(&length)) = (bytes.get(at), bytes.get(at + 1)) else { break };
            let formatted = at..at + usize::from(length);
            // Four bytes of header are always there; 127 is the end.
            if length < 4 || formatted.end > bytes.len() || kind == 127 {
                break;
            }
            let strings = formatted.end;
            let Some(rest) = bytes.get(strings..) else { break };
            let Some(end) = rest.windows(2).position(|pair| pair == [0, 0]) else { break };
            structures.push(Span { kind, formatted, strings: strings..strings + end });
            at = strings + end + 2;
        }
        Self { bytes, structures }
    }

    /// The structures of one kind.
    pub(crate) fn of_kind(&self, kind: u8) -> impl Iterator<Item = Structure<'_>> {
        self.structures.iter().filter(move |span| span.kind == kind).map(|span| Structure {
            formatted: self.bytes.get(span.formatted.clone()).unwrap_or_default(),
            strings: self.bytes.get(span.strings.clone()).unwrap_or_default(),
        })
    }
}

impl Structure<'_> {
    /// The byte at an offset; none when this version of the structure is shorter.
    pub(crate) fn byte(&self, offset: usize) -> Option<u8> {
        self.formatted.get(offset).copied()
    }

    /// The 16-bit number at an offset.
    pub(crate) fn word(&self, offset: usize) -> Option<u16> {
        Some(u16::from_le_bytes(self.formatted.get(offset..offset + 2)?.try_into().ok()?))
    }

    /// The 32-bit number at an offset.
    pub(crate) fn double_word(&self, offset: usize) -> Option<u32> {
        Some(u32::from_le_bytes(self.formatted.get(offset..offset + 4)?.try_into().ok()?))
    }

    /// The text whose number stands at an offset.
    pub(crate) fn text(&self, offset: usize) -> Option<String> {
        let number = usize::from(self.byte(offset)?).checked_sub(1)?;
        let text = self.strings.split(|byte| *byte == 0).nth(number)?;
        let text = String::from_utf8_lossy(text).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One structure as firmware lays it out.
    pub(crate) fn structure(kind: u8, body: &[u8], strings: &[&str]) -> Vec<u8> {
        let mut bytes = vec![kind, u8::try_from(body.len() + 4).unwrap(), 0, 0];
        bytes.extend_from_slice(body);
        for text in strings {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0);
        }
        bytes.extend_from_slice(if strings.is_empty() { &[0, 0] } else { &[0] });
        bytes
    }

    #[test]
    fn structures_and_their_texts_are_found() {
        let mut bytes = structure(2, &[1, 2], &["ACME", "Board 7"]);
        bytes.extend(structure(17, &[0x34, 0x12], &[]));
        bytes.extend(structure(127, &[], &[]));
        bytes.extend(structure(2, &[1, 2], &["after", "the end"]));
        let tables = Tables::parse(bytes);
        let boards: Vec<_> = tables.of_kind(2).collect();
        assert_eq!(boards.len(), 1);
        assert_eq!(boards[0].text(4).as_deref(), Some("ACME"));
        assert_eq!(boards[0].text(5).as_deref(), Some("Board 7"));
        assert_eq!(boards[0].text(6), None, "shorter than this version of the standard");
        assert_eq!(tables.of_kind(17).next().unwrap().word(4), Some(0x1234));
    }

    #[test]
    fn damaged_tables_end_the_reading() {
        for bytes in [vec![], vec![2], vec![2, 3, 0, 0], vec![2, 200, 0, 0, 1], vec![2, 4, 0, 0, b'a']] {
            assert_eq!(Tables::parse(bytes).of_kind(2).count(), 0);
        }
    }
}

//! Processors, one for each socket, from `/proc/cpuinfo`.

use std::collections::BTreeMap;

use vigie_wire::{Sections, inventory::Processor};

use super::{Context, Root, text::meaningful};
use crate::collect::{
    smbios::Structure,
    text::{maker_of_processor, squeezed},
};

/// Most of `/proc/cpuinfo` that is read, bytes; a thousand threads have some 2 MB.
const MAX_FILE: u64 = 16 << 20;
const SOCKET: u8 = 4;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let Some(text) = context.root.text_if_there("/proc/cpuinfo", MAX_FILE)? else { return Ok(()) };
    let mut sockets: BTreeMap<u64, Processor> = BTreeMap::new();
    for block in text.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let value = |key: &str| {
            let line = block.lines().find(|line| line.split(':').next().is_some_and(|name| name.trim() == key))?;
            Some(line.split_once(':')?.1.trim()).filter(|value| !value.is_empty())
        };
        // Where processors do not say their socket there is one.
        let socket = value("physical id").and_then(|id| id.parse().ok()).unwrap_or(0);
        let processor = sockets.entry(socket).or_default();
        if value("processor").is_some() {
            processor.threads = Some(processor.threads.unwrap_or(0) + 1);
        }
        // A thousand threads of one socket say the same: it is enough to hear the first.
        if processor.name.is_some() {
            continue;
        }
        let number = |key: &str| value(key).and_then(|number| number.parse().ok());
        processor.name = value("model name").or_else(|| value("Model")).or_else(|| value("cpu model")).map(squeezed);
        processor.manufacturer = value("vendor_id").map(maker_of_processor);
        processor.cores = number("cpu cores");
        processor.family = number("cpu family");
        processor.model = number("model");
        processor.stepping = number("stepping");
    }
    let highest = context.root.number("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq").map(|khz| khz / 1000);
    let architecture = architecture(context.root);
    let mut described = context.firmware.of_kind(SOCKET).filter(|socket| is_used_processor(socket));
    let processors = sockets.into_iter().map(|(socket, mut processor)| {
        let firmware = described.next();
        let told = firmware.as_ref().and_then(|it| it.word(0x16)).map(u64::from).filter(|speed| *speed > 0);
        processor.speed_mhz = highest.or_else(|| named_speed(processor.name.as_deref()?)).or(told);
        processor.serial = firmware.as_ref().and_then(|it| meaningful(it.text(0x20)));
        processor.architecture.clone_from(&architecture);
        processor.socket = Some(socket.to_string());
        processor
    });
    let processors: Vec<Processor> = processors.collect();
    if !processors.is_empty() {
        sections.processors = Some(processors);
    }
    Ok(())
}

/// A central processor in a socket that is filled (DSP0134 §7.5).
fn is_used_processor(socket: &Structure<'_>) -> bool {
    socket.byte(0x05) == Some(3) && socket.byte(0x18).is_some_and(|status| status & 0x40 != 0)
}

fn architecture(root: &Root) -> Option<String> {
    super::operating_system::architecture(root)
}

/// The speed that some makers write into the name: `… CPU @ 2.40GHz`.
fn named_speed(name: &str) -> Option<u64> {
    let (whole, part) = name.rsplit_once("@ ")?.1.strip_suffix("GHz")?.split_once('.')?;
    let part: u64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::linux::tests::fixture;

    fn block(thread: u32, socket: u32) -> String {
        format!(
            "processor\t: {thread}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: Intel(R) \
             Xeon(R)   Gold 6230 CPU @ 2.10GHz\nstepping\t: 7\ncpu MHz\t\t: 1234.5\nphysical id\t: {socket}\nsiblings\t: 2\ncpu \
             cores\t: 1\n\n"
        )
    }

    #[test]
    fn sockets_are_counted_and_not_threads() {
        let text: String = (0..4).map(|thread| block(thread, thread / 2)).collect();
        let found = fixture(&[("proc/cpuinfo", &text)]).collect().sections.processors.unwrap();
        assert_eq!(found.len(), 2);
        let first = &found[0];
        assert_eq!(first.name.as_deref(), Some("Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz"));
        assert_eq!((first.threads, first.cores, first.speed_mhz), (Some(2), Some(1), Some(2100)));
        assert_eq!((first.family, first.model, first.stepping), (Some(6), Some(85), Some(7)));
        assert_eq!(first.manufacturer.as_deref(), Some("Intel"));
        assert_eq!(found[1].socket.as_deref(), Some("1"));
    }

    #[test]
    fn speeds_in_names_are_read() {
        assert_eq!(named_speed("Intel(R) Core(TM) i7 CPU @ 2.8GHz"), Some(2800));
        assert_eq!(named_speed("AMD Ryzen 7 5800X"), None);
    }
}

//! Processors, one for each socket, from `Win32_Processor`.

use vigie_wire::{Sections, inventory::Processor};

use super::{Class, Context, Row, operating_system::architecture};
use crate::collect::text::{maker_of_processor, squeezed};

const PROCESSOR: Class = Class::of_cimv2(
    "Win32_Processor",
    "DeviceID, Name, Manufacturer, Caption, NumberOfCores, NumberOfLogicalProcessors, MaxClockSpeed",
);

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let architecture = architecture(context)?;
    let mut rows = context.objects(&PROCESSOR)?;
    rows.sort_by_key(|row| number_of(row.text("DeviceID").as_deref()));
    let processors = rows.iter().enumerate().map(|(socket, row)| processor(row, socket, architecture.as_ref()));
    sections.processors = Some(processors.collect());
    Ok(())
}

/// The number at the end of `CPU10`.
fn number_of(id: Option<&str>) -> u64 {
    id.and_then(|id| id.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok()).unwrap_or(u64::MAX)
}

fn processor(row: &Row, socket: usize, architecture: Option<&String>) -> Processor {
    // `Intel64 Family 6 Model 140 Stepping 1`
    let caption = row.text("Caption").unwrap_or_default();
    let after = |word: &str| {
        let mut words = caption.split_whitespace().skip_while(|it| *it != word);
        words.nth(1).and_then(|number| number.parse().ok())
    };
    Processor {
        socket: Some(socket.to_string()),
        name: row.text("Name").map(|name| squeezed(&name)),
        manufacturer: row.text("Manufacturer").map(|maker| maker_of_processor(&maker)),
        architecture: architecture.cloned(),
        cores: row.positive("NumberOfCores"),
        threads: row.positive("NumberOfLogicalProcessors"),
        speed_mhz: row.positive("MaxClockSpeed"),
        family: after("Family"),
        model: after("Model"),
        stepping: after("Stepping"),
        // `ProcessorId` is the same for all processors of a model.
        serial: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Refusal, collect, machine::tests::Told};
    use crate::collect::Options;

    #[test]
    fn sockets_are_listed_in_their_order() {
        let processor = |id: &str| {
            json!({
                "DeviceID": id, "Name": "Intel(R) Xeon(R) Gold  6230 CPU @ 2.10GHz ", "Manufacturer": "GenuineIntel",
                "Caption": "Intel64 Family 6 Model 85 Stepping 7", "NumberOfCores": 20, "NumberOfLogicalProcessors": 40,
                "MaxClockSpeed": 2095,
            })
        };
        let told = Told::new(&json!({"Win32_Processor": [processor("CPU10"), processor("CPU9")]}), &json!({}));
        let found = collect(&told, &Options::default()).sections.processors.unwrap();
        assert_eq!(found.iter().map(|it| it.socket.as_deref().unwrap()).collect::<Vec<_>>(), ["0", "1"]);
        let first = &found[0];
        assert_eq!(first.name.as_deref(), Some("Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz"));
        assert_eq!((first.cores, first.threads, first.speed_mhz), (Some(20), Some(40), Some(2095)));
        assert_eq!((first.family, first.model, first.stepping), (Some(6), Some(85), Some(7)));
        assert_eq!(first.manufacturer.as_deref(), Some("Intel"));
    }

    #[test]
    fn a_source_that_is_broken_costs_its_own_section() {
        let mut told = Told::new(&json!({}), &json!({}));
        let broken = Err(Refusal::Refused("0x80041013".to_owned()));
        told.classes.insert("Win32_Processor".to_owned(), broken);
        let collection = collect(&told, &Options::default());
        assert!(collection.sections.processors.is_none() && collection.sections.system.is_some());
        assert!(collection.problems.iter().any(|it| it.starts_with("processors: Win32_Processor: 0x80041013")));
        assert!(collection.not_taken.contains(&vigie_wire::Section::Processors));
    }
}

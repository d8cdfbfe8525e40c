//! What changes at every moment.

use vigie_wire::{Sections, inventory::Runtime};

use super::{Class, Context};

const SYSTEM: Class = Class::of_cimv2("Win32_OperatingSystem", "LastBootUpTime, NumberOfProcesses");

#[expect(clippy::unnecessary_wraps, reason = "as every collector")]
pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let system = context.object(&SYSTEM).unwrap_or_default();
    sections.runtime = Some(Runtime {
        started_at: system.moment("LastBootUpTime"),
        memory_available_bytes: context.machine.memory().map(|it| it.available),
        processes: system.positive("NumberOfProcesses"),
        load_hundredths: None,
    });
    Ok(())
}

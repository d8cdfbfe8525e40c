//! Installed software from every source that this machine has.

use vigie_wire::{Sections, inventory::Software};

use super::{Context, bundles, dpkg, pacman, rpm};

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let sources = [
        dpkg::installed(context.root).map_err(|error| format!("dpkg: {error}"))?,
        rpm::installed(context)?,
        pacman::installed(context.root)?,
        bundles::flatpaks(context.root),
        bundles::snaps(context.root),
    ];
    // Where one source fails there is no list at all: half of one would look as if the rest had been removed.
    if sources.iter().any(Option::is_some) {
        let mut software: Vec<Software> = sources.into_iter().flatten().flatten().collect();
        sort(&mut software);
        sections.software = Some(software);
    }
    Ok(())
}

fn sort(software: &mut [Software]) {
    software.sort_unstable_by(|a, b| {
        (&a.source, &a.name, &a.architecture, &a.version).cmp(&(&b.source, &b.name, &b.architecture, &b.version))
    });
}

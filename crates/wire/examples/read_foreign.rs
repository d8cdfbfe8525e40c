//! Prints what is read of a foreign document: `cargo run -p vigie-wire --features foreign --example read_foreign FILE`.

use vigie_wire::foreign::{DEFAULT_LIMIT, Headers, Message, inflate, read};

fn main() {
    for path in std::env::args().skip(1) {
        let body = match std::fs::read(&path) {
            Ok(body) => body,
            Err(error) => {
                eprintln!("{path}: {error}");
                continue;
            }
        };
        let message = inflate(&body, DEFAULT_LIMIT, &mut |_| true).and_then(|it| read(&it, &Headers::default()));
        match message {
            Ok(Message::Inventory(inventory)) => {
                println!("{path}: {:?} {:?} {}", inventory.kind, inventory.agent_version, inventory.device_id);
                println!("{}", serde_json::to_string_pretty(&inventory.sections).unwrap_or_default());
                println!("{:#?}", inventory.remarks);
            }
            other => println!("{path}: {other:?}"),
        }
    }
}

//! How long a decision of the table of roles takes, nanoseconds: every role and every action in turn. `cargo xtask bench
//! people` runs it.

use std::{hint::black_box, time::Instant};

use vigie_kernel::{Action, Role, UserId, policy};

const ROUNDS: u32 = 50_000;

fn main() {
    let someone = UserId(uuid::Uuid::from_u128(7));
    let began = Instant::now();
    let mut granted = 0_u64;
    for _ in 0..ROUNDS {
        for role in Role::ALL {
            for action in Action::ALL {
                granted += u64::from(policy::require(someone, black_box(role), black_box(*action)).is_ok());
            }
        }
    }
    let decisions = f64::from(ROUNDS) * f64::from(u32::try_from(Role::ALL.len() * Action::ALL.len()).unwrap_or(1));
    println!("{:.2}", began.elapsed().as_secs_f64() * 1e9 / decisions);
    assert!(granted > 0, "someone may do something");
}

//! The service *Vigie Inventory Agent*: the same loop as anywhere, started and stopped by the service manager.

use std::{
    ffi::OsString,
    process::ExitCode,
    sync::mpsc::{Sender, channel},
    thread,
    time::Duration,
};

use windows_service::{
    define_windows_service,
    service::{
        Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceControl, ServiceControlAccept,
        ServiceExitCode, ServiceFailureActions, ServiceFailureResetPeriod, ServiceState, ServiceStatus, ServiceType,
    },
    service_control_handler::{self, ServiceControlHandlerResult},
    service_dispatcher,
    service_manager::{ServiceManager, ServiceManagerAccess},
};

use super::package;
use crate::{cli::Outcome, config::Given, logging, places, update};

/// How the service manager knows it; the package installs it under this name.
const NAME: &str = "VigieInventoryAgent";
/// From a failure to the next start.
const AGAIN: Duration = Duration::from_mins(1);

/// Why the service ends.
enum End {
    Asked(ServiceControl),
    Failed(String),
}

#[allow(unsafe_code, reason = "the library's way to make a function that the system calls")]
mod entry {
    use super::serve;
    super::define_windows_service!(start, serve);
    pub(super) const START: extern "system" fn(u32, *mut *mut u16) = start;
}

/// Hands this process to the service manager until the service ends.
pub(crate) fn main(verbose: bool) -> Outcome {
    logging::start(Some(&places::folder()), verbose);
    service_dispatcher::start(NAME, entry::START)
        .map_err(|error| format!("this is for the service manager: {}", words(&error)))?;
    Ok(ExitCode::SUCCESS)
}

fn words(error: &windows_service::Error) -> String {
    match error {
        windows_service::Error::Winapi(error) => error.to_string(),
        other => other.to_string(),
    }
}

fn serve(_: Vec<OsString>) {
    if let Err(error) = until_the_end() {
        log::error!("the service manager: {}", words(&error));
    }
}

fn until_the_end() -> windows_service::Result<()> {
    let (tell, told) = channel();
    let asked = tell.clone();
    let status = service_control_handler::register(NAME, move |control| match control {
        ServiceControl::Stop | ServiceControl::Shutdown => {
            // Nobody listens any more only once the service ends anyway.
            let _ = asked.send(End::Asked(control));
            ServiceControlHandlerResult::NoError
        }
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        _ => ServiceControlHandlerResult::NotImplemented,
    })?;
    status.set_service_status(is(ServiceState::Running, ServiceExitCode::NO_ERROR))?;
    if let Err(error) = start_again_after_failures() {
        log::warn!("the service would not be started again after a failure: {}", words(&error));
    }
    thread::spawn(move || work(&tell));
    let code = match told.recv() {
        // All that must survive is written in one step: the work can end anywhere.
        Ok(End::Asked(control)) => {
            log::info!("ending on {control:?}");
            update::end_child();
            ServiceExitCode::NO_ERROR
        }
        Ok(End::Failed(words)) => {
            log::error!("{words}");
            ServiceExitCode::ServiceSpecific(1)
        }
        Err(_) => {
            log::error!("the work ended without a word");
            ServiceExitCode::ServiceSpecific(2)
        }
    };
    status.set_service_status(is(ServiceState::Stopped, code))
}

fn is(state: ServiceState, exit_code: ServiceExitCode) -> ServiceStatus {
    let running = state == ServiceState::Running;
    ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: if running {
            ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN
        } else {
            ServiceControlAccept::empty()
        },
        exit_code,
        checkpoint: 0,
        wait_hint: Duration::ZERO,
        process_id: None,
    }
}

fn work(tell: &Sender<End>) {
    let ended = match run() {
        Ok(code) => format!("the loop ended with code {code}"),
        Err(failed) => failed.to_string(),
    };
    // The other end waits for it, or has ended already.
    let _ = tell.send(End::Failed(ended));
}

fn run() -> Result<u8, Box<dyn std::error::Error>> {
    match package::take_over_what_waits() {
        Ok(true) => log::info!("took over settings from the registry"),
        Ok(false) => {}
        // Those of before may still work.
        Err(error) => log::error!("settings in the registry: {error}"),
    }
    let settings = Given::read(None)?.settings()?;
    // Another version is no service: it does what this one does, and writes to the same log.
    let arguments = ["run".into(), "--log-dir".into(), places::folder().into_os_string()];
    update::launch(&settings, &arguments).map_err(|failure| failure.to_string().into())
}

/// The package cannot say this reliably: what Windows Installer offers for it is known not to work.
fn start_again_after_failures() -> windows_service::Result<()> {
    let manager = ServiceManager::local_computer(None::<&str>, ServiceManagerAccess::CONNECT)?;
    let access = ServiceAccess::CHANGE_CONFIG | ServiceAccess::START;
    let this: Service = manager.open_service(NAME, access)?;
    let again = ServiceAction { action_type: ServiceActionType::Restart, delay: AGAIN };
    this.update_failure_actions(ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(Duration::from_hours(24)),
        reboot_msg: None,
        command: None,
        actions: Some(vec![again.clone(), again.clone(), again]),
    })?;
    this.set_failure_actions_on_non_crash_failures(true)
}

import administration from "./administration.json";
import alerts from "./alerts.json";
import common from "./common.json";
import customers from "./customers.json";
import dashboard from "./dashboard.json";
import equipment from "./equipment.json";
import factors from "./factors.json";
import help from "./help.json";
import imports from "./imports.json";
import inventory from "./inventory.json";
import notify from "./notify.json";
import pending from "./pending.json";
import platform from "./platform.json";
import people from "./people.json";
import problems from "./problems.json";
import reports from "./reports.json";
import shell from "./shell.json";
import software from "./software.json";
import systems from "./systems.json";
import updates from "./updates.json";

export default {
  ...shell,
  common,
  customers,
  dashboard,
  equipment,
  factors,
  help,
  imports,
  inventory,
  notify,
  pending,
  people,
  platform,
  problems,
  reports,
  software,
  systems,
  updates,
  alerts,
  administration,
};

import administration from "./administration.json";
import common from "./common.json";
import equipment from "./equipment.json";
import inventory from "./inventory.json";
import pending from "./pending.json";
import platform from "./platform.json";
import problems from "./problems.json";
import shell from "./shell.json";
import software from "./software.json";

export default { ...shell, common, equipment, inventory, pending, platform, problems, software, administration };

/* expect: warn | WARNING: proc_dir_entry '/proc/asee' already registered | deed
 */
#include "trigger.h"
#include <linux/proc_fs.h>

static const struct proc_ops operations = { };

static noinline ssize_t deed(const char __user *text, size_t length)
{
	struct proc_dir_entry *entry = proc_create("asee", 0444, NULL, &operations);

	proc_create("asee", 0444, NULL, &operations);
	proc_remove(entry);
	return 0;
}

/* steps: load; write; close; unload; open /proc/asee
 * expect: kasan | KASAN: vmalloc-out-of-bounds in proc_reg_open | (address)
 * expect: oops | bad memory access (page fault) in proc_reg_open | (address)
 */
#include "trigger.h"
#include <linux/proc_fs.h>

static int on_open(struct inode *inode, struct file *file)
{
	return 0;
}
static const struct proc_ops operations = { .proc_open = on_open };

static noinline ssize_t deed(const char __user *text, size_t length)
{
	return proc_create("asee", 0666, NULL, &operations) ? 0 : -ENOMEM;
}

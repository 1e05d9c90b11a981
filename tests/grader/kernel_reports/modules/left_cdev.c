/* steps: load; unload; node 240 0; open /dev/node
 * expect: kasan | KASAN: vmalloc-out-of-bounds in cdev_get | (address)
 * expect: oops | bad memory access (page fault) in cdev_get | (address)
 */
#define OWN_INIT
#include "trigger.h"
#include <linux/cdev.h>

static struct cdev device;

static noinline ssize_t deed(const char __user *text, size_t length)
{
	return 0;
}

static int __init start(void)
{
	cdev_init(&device, &trigger_operations);
	register_chrdev_region(MKDEV(240, 0), 1, KBUILD_MODNAME);
	return cdev_add(&device, MKDEV(240, 0), 1);
}
module_init(start);

static void __exit end(void)
{
}
module_exit(end);

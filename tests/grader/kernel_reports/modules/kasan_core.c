/* expect: kasan | KASAN: slab-use-after-free in notifier_chain_register | deed
 * expect: oops | general protection fault in notifier_chain_register | deed
 */
#include "trigger.h"
#include <linux/notifier.h>
#include <linux/reboot.h>

/* The kernel's own code touches what the module freed: no frame of the module is on top. */
static struct notifier_block *block;

static noinline void forget(void)
{
	block = kzalloc(sizeof(*block), GFP_KERNEL);
	register_reboot_notifier(block);
	kfree(block); /* still registered */
}

static struct notifier_block second;

static noinline ssize_t deed(const char __user *text, size_t length)
{
	forget();
	return register_reboot_notifier(&second);
}

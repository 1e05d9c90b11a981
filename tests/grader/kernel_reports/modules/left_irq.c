/* steps: load; write; close; unload; read /proc/interrupts
 * expect: kasan | KASAN: vmalloc-out-of-bounds in string_nocheck | (address)
 * expect: oops | bad memory access (page fault) in string_nocheck | (address)
 * expect: atomic-sleep | sleeping function called from invalid context at include/linux/percpu-rwsem.h:* | -
 */
#include "trigger.h"
#include <linux/interrupt.h>

static irqreturn_t on_interrupt(int irq, void *unused)
{
	return IRQ_HANDLED;
}

static noinline ssize_t deed(const char __user *text, size_t length)
{
	return request_irq(11, on_interrupt, IRQF_SHARED, KBUILD_MODNAME, &trigger);
}

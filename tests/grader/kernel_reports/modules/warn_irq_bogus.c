/* expect: warn | irq 11: handler returned the bogus value 2a | on_interrupt
 */
#include "trigger.h"
#include <linux/interrupt.h>

static irqreturn_t on_interrupt(int irq, void *unused)
{
	return 42;
}

static noinline ssize_t deed(const char __user *text, size_t length)
{
	int failed = request_irq(11, on_interrupt, IRQF_SHARED, KBUILD_MODNAME, &trigger);

	if (failed)
		return failed;
	asm volatile("int $0x3B");
	free_irq(11, &trigger);
	return 0;
}

/* steps: load; write; words Disabling IRQ
 * expect: warn | irq 11: nobody cared | on_interrupt
 */
#include "trigger.h"
#include <linux/interrupt.h>

static irqreturn_t on_interrupt(int irq, void *unused)
{
	return IRQ_NONE;
}

static noinline ssize_t deed(const char __user *text, size_t length)
{
	int failed = request_irq(11, on_interrupt, IRQF_SHARED, KBUILD_MODNAME, &trigger);
	int i;

	if (failed)
		return failed;
	for (i = 0; i < 250000; i++)
		asm volatile("int $0x3B");
	free_irq(11, &trigger);
	return 0;
}

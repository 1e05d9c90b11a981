/* Raises interrupt line 11 in both ways that students find. Written to: b = bare, v = vector_irq first. */
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <asm/hw_irq.h>

/* 1: an interrupt is raised before there is a handler for it. */
static int early;
module_param(early, int, 0444);

static atomic_t handled = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(queue);

static irqreturn_t handler(int irq, void *dev)
{
	atomic_inc(&handled);
	wake_up_all(&queue);
	return IRQ_HANDLED;
}

static ssize_t dev_write(struct file *file, const char __user *from, size_t n, loff_t *at)
{
	char how;

	if (get_user(how, from))
		return -EFAULT;
	if (how == 'v') {
		struct irq_desc *desc = irq_data_to_desc(irq_get_irq_data(11));

		__this_cpu_write(vector_irq[59], desc);
	}
	asm volatile("int $0x3B");
	return n;
}

static ssize_t dev_read(struct file *file, char __user *to, size_t n, loff_t *at)
{
	char text[16];
	int length = scnprintf(text, sizeof(text), "%d\n", atomic_read(&handled));

	return simple_read_from_buffer(to, n, at, text, length);
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.write = dev_write,
	.read = dev_read,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "line11",
	.fops = &operations,
};

static int __init line11_init(void)
{
	int failed;

	if (early)
		asm volatile("int $0x3B");
	failed = request_irq(11, handler, IRQF_SHARED, "line11", &device);
	if (failed)
		return failed;
	failed = misc_register(&device);
	if (failed)
		free_irq(11, &device);
	return failed;
}

static void __exit line11_exit(void)
{
	misc_deregister(&device);
	free_irq(11, &device);
}

module_init(line11_init);
module_exit(line11_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Interrupt line 11 by software");

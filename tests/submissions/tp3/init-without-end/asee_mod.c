#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(queue);
static int ready;

static const struct file_operations fops = {
	.owner = THIS_MODULE,
};

static struct miscdevice asee = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &fops,
};

static int __init asee_init(void)
{
	/* the device may only appear when the first writer is there */
	wait_event(queue, ready);
	return misc_register(&asee);
}

static void __exit asee_exit(void)
{
	misc_deregister(&asee);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");

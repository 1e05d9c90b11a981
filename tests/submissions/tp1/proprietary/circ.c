#include <linux/module.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/uaccess.h>

/* One slot stays free, so that full and empty differ: 17 slots hold 16 characters. */
#define SLOTS (16 + 1)
#define NEXT(i) (((i) + 1) % SLOTS)

static char slots[SLOTS];
static int rd, wr;
static int major;
static struct class *asee_class;
static struct device *asee_device;

static ssize_t circ_read(struct file *filp, char __user *ubuf, size_t count, loff_t *off)
{
	ssize_t n;

	for (n = 0; n < count && rd != wr; n++) {
		if (put_user(slots[rd], ubuf + n))
			return -EFAULT;
		rd = NEXT(rd);
	}
	return n;
}

static ssize_t circ_write(struct file *filp, const char __user *ubuf, size_t count, loff_t *off)
{
	ssize_t n;

	for (n = 0; n < count; n++) {
		char c;

		if (get_user(c, ubuf + n))
			return -EFAULT;
		slots[wr] = c;
		wr = NEXT(wr);
		if (wr == rd)
			rd = NEXT(rd);
	}
	return n;
}

static struct file_operations fops = {
	.read = circ_read,
	.write = circ_write,
	.owner = THIS_MODULE,
};

static int __init circ_init(void)
{
	major = register_chrdev(0, "asee_mod", &fops);
	if (major < 0)
		return major;
	asee_class = class_create("asee");
	if (IS_ERR(asee_class)) {
		unregister_chrdev(major, "asee_mod");
		return PTR_ERR(asee_class);
	}
	asee_device = device_create(asee_class, NULL, MKDEV(major, 0), NULL, "asee_mod");
	if (IS_ERR(asee_device)) {
		class_destroy(asee_class);
		unregister_chrdev(major, "asee_mod");
		return PTR_ERR(asee_device);
	}
	return 0;
}

static void __exit circ_exit(void)
{
	device_destroy(asee_class, MKDEV(major, 0));
	class_destroy(asee_class);
	unregister_chrdev(major, "asee_mod");
}

module_init(circ_init);
module_exit(circ_exit);
MODULE_LICENSE("Proprietary");

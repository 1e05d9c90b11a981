#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#define DEVICE "asee_mod"
#define N 16

static int major;
static struct class *cl;

static char buffer[N];
static unsigned int rd, wr, full;

static ssize_t asee_read(struct file *f, char __user *user, size_t len, loff_t *off)
{
	size_t i = 0;

	while (i < len && (full || rd != wr)) {
		if (put_user(buffer[rd], user + i))
			return -EFAULT;
		rd = (rd + 1) % N;
		full = 0;
		i++;
	}
	return i;
}

static ssize_t asee_write(struct file *f, const char __user *user, size_t len, loff_t *off)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (full)
			rd = (rd + 1) % N;
		if (get_user(buffer[wr], user + i))
			return -EFAULT;
		wr = (wr + 1) % N;
		full = wr == rd;
	}
	return len;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static int __init asee_init(void)
{
	major = register_chrdev(0, DEVICE, &asee_fops);
	if (major < 0)
		return major;
	cl = class_create(DEVICE);
	device_create(cl, NULL, MKDEV(major, 0), NULL, DEVICE);
	return 0;
}

static void __exit asee_exit(void)
{
	device_destroy(cl, MKDEV(major, 0));
	class_destroy(cl);
	unregister_chrdev(major, DEVICE);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");

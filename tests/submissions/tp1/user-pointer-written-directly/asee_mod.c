#include <linux/init.h>
#include <linux/module.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/uaccess.h>

#define DEVICE_NAME "asee_mod"
#define BUFFER_SIZE 16

static int major_number;
static struct class *dev_class;
static char buffer[BUFFER_SIZE];
static int read_pos, write_pos, stored;

static ssize_t dev_read(struct file *filep, char __user *user, size_t len, loff_t *offset)
{
	char out[BUFFER_SIZE];
	int i, n = 0;

	while (n < len && stored) {
		out[n++] = buffer[read_pos++];
		read_pos %= BUFFER_SIZE;
		stored--;
	}
	for (i = 0; i < n; i++)
		user[i] = out[i];
	return n;
}

/* At most one buffer at a time: whoever has more calls write again. */
static ssize_t dev_write(struct file *filep, const char __user *user, size_t len, loff_t *offset)
{
	char in[BUFFER_SIZE];
	int i;

	if (len > BUFFER_SIZE)
		len = BUFFER_SIZE;
	if (copy_from_user(in, user, len))
		return -EFAULT;

	for (i = 0; i < len; i++) {
		buffer[write_pos++] = in[i];
		write_pos %= BUFFER_SIZE;
		if (++stored > BUFFER_SIZE) {
			stored = BUFFER_SIZE;
			read_pos = write_pos;
		}
	}
	return len;
}

static struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = dev_read,
	.write = dev_write,
};

static int __init asee_start(void)
{
	major_number = register_chrdev(0, DEVICE_NAME, &fops);
	if (major_number < 0)
		return major_number;
	dev_class = class_create(DEVICE_NAME);
	if (IS_ERR(dev_class)) {
		unregister_chrdev(major_number, DEVICE_NAME);
		return PTR_ERR(dev_class);
	}
	if (IS_ERR(device_create(dev_class, NULL, MKDEV(major_number, 0), NULL, DEVICE_NAME))) {
		class_destroy(dev_class);
		unregister_chrdev(major_number, DEVICE_NAME);
		return -ENODEV;
	}
	return 0;
}

static void __exit asee_stop(void)
{
	device_destroy(dev_class, MKDEV(major_number, 0));
	class_destroy(dev_class);
	unregister_chrdev(major_number, DEVICE_NAME);
}

module_init(asee_start);
module_exit(asee_stop);
MODULE_LICENSE("GPL");

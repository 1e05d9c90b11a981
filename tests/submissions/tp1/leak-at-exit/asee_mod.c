#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define DEV_NAME "asee_mod"

struct asee {
	char name[32];
	int size;
	int head;
	int count;
	char *data;
};

static struct asee *asee;
static struct class *asee_class;
static int asee_major;

static int asee_open(struct inode *inode, struct file *file)
{
	file->private_data = asee;
	return 0;
}

static int asee_close(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static ssize_t asee_read(struct file *file, char __user *user, size_t len, loff_t *off)
{
	struct asee *a = file->private_data;
	size_t n;

	for (n = 0; n < len && a->count; n++) {
		if (put_user(a->data[a->head], user + n))
			return n ? n : -EFAULT;
		a->head = (a->head + 1) % a->size;
		a->count--;
	}
	return n;
}

static ssize_t asee_write(struct file *file, const char __user *user, size_t len, loff_t *off)
{
	struct asee *a = file->private_data;
	char *kbuf;
	size_t i;

	if (!len)
		return 0;
	kbuf = kmalloc(len, GFP_KERNEL);
	if (!kbuf)
		return -ENOMEM;
	if (copy_from_user(kbuf, user, len)) {
		kfree(kbuf);
		return -EFAULT;
	}
	for (i = 0; i < len; i++) {
		a->data[(a->head + a->count) % a->size] = kbuf[i];
		if (a->count == a->size)
			a->head = (a->head + 1) % a->size;
		else
			a->count++;
	}
	kfree(kbuf);
	return len;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.open = asee_open,
	.release = asee_close,
	.read = asee_read,
	.write = asee_write,
};

static int __init asee_init(void)
{
	asee = kzalloc(sizeof(*asee), GFP_KERNEL);
	if (!asee)
		return -ENOMEM;
	asee->size = 16;
	strscpy(asee->name, DEV_NAME, sizeof(asee->name));
	asee->data = kmalloc(asee->size, GFP_KERNEL);
	if (!asee->data) {
		kfree(asee);
		return -ENOMEM;
	}

	asee_major = register_chrdev(0, DEV_NAME, &asee_fops);
	if (asee_major < 0) {
		kfree(asee->data);
		kfree(asee);
		return asee_major;
	}
	asee_class = class_create(DEV_NAME);
	device_create(asee_class, NULL, MKDEV(asee_major, 0), NULL, asee->name);
	return 0;
}

static void __exit asee_exit(void)
{
	device_destroy(asee_class, MKDEV(asee_major, 0));
	class_destroy(asee_class);
	unregister_chrdev(asee_major, DEV_NAME);
	kfree(asee);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");

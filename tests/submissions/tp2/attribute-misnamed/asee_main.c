#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "asee.h"

struct asee_buffer asee;

static int major;
static struct class *asee_class;

int asee_count(const struct asee_buffer *b)
{
	return (b->in - b->out + b->size + 1) % (b->size + 1);
}

char asee_get(struct asee_buffer *b)
{
	char c = b->slots[b->out];

	b->out = (b->out + 1) % (b->size + 1);
	return c;
}

void asee_put(struct asee_buffer *b, char c)
{
	if (asee_count(b) == b->size)
		asee_get(b);
	b->slots[b->in] = c;
	b->in = (b->in + 1) % (b->size + 1);
}

int asee_resize(struct asee_buffer *b, int size)
{
	struct asee_buffer old = { .slots = b->slots, .size = b->size, .in = b->in, .out = b->out };
	char *slots;

	if (size < asee_count(b))
		return -ENOSPC;
	slots = kmalloc(size + 1, GFP_KERNEL);
	if (!slots)
		return -ENOMEM;

	b->slots = slots;
	b->size = size;
	b->in = b->out = 0;
	while (asee_count(&old))
		asee_put(b, asee_get(&old));
	kfree(old.slots);
	return 0;
}

static ssize_t asee_read(struct file *f, char __user *buf, size_t len, loff_t *off)
{
	size_t n = 0;

	mutex_lock(&asee.lock);
	while (n < len && asee_count(&asee)) {
		if (put_user(asee.slots[asee.out], buf + n)) {
			mutex_unlock(&asee.lock);
			return -EFAULT;
		}
		asee_get(&asee);
		n++;
	}
	mutex_unlock(&asee.lock);
	return n;
}

static ssize_t asee_write(struct file *f, const char __user *buf, size_t len, loff_t *off)
{
	size_t n;

	mutex_lock(&asee.lock);
	for (n = 0; n < len; n++) {
		char c;

		if (get_user(c, buf + n)) {
			mutex_unlock(&asee.lock);
			return -EFAULT;
		}
		asee_put(&asee, c);
	}
	mutex_unlock(&asee.lock);
	return n;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static int __init asee_init(void)
{
	int ret;

	mutex_init(&asee.lock);
	asee.size = ASEE_DEFAULT_SIZE;
	asee.slots = kmalloc(asee.size + 1, GFP_KERNEL);
	if (!asee.slots)
		return -ENOMEM;

	ret = asee_sysfs_register();
	if (ret)
		goto out_free;

	major = ret = register_chrdev(0, ASEE_NAME, &asee_fops);
	if (ret < 0)
		goto out_sysfs;
	asee_class = class_create(ASEE_NAME);
	if (IS_ERR(asee_class)) {
		ret = PTR_ERR(asee_class);
		goto out_chrdev;
	}
	device_create(asee_class, NULL, MKDEV(major, 0), NULL, ASEE_NAME);
	return 0;

out_chrdev:
	unregister_chrdev(major, ASEE_NAME);
out_sysfs:
	asee_sysfs_unregister();
out_free:
	kfree(asee.slots);
	return ret;
}

static void __exit asee_exit(void)
{
	device_destroy(asee_class, MKDEV(major, 0));
	class_destroy(asee_class);
	unregister_chrdev(major, ASEE_NAME);
	asee_sysfs_unregister();
	kfree(asee.slots);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");

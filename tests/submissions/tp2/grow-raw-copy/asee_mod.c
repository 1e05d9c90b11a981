/*
 * asee_mod: second practical
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define DEV_NAME	"asee_mod"
#define SIZE_LIMIT	4096

static int dev_major;
static struct class *dev_class;
static struct kobject *dev_kobj;

static u8 *cbuf;
static int cbuf_size = 16;
static int cbuf_count;
static int cbuf_head;

static int cbuf_grow(int size)
{
	u8 *bigger = kmalloc(size, GFP_KERNEL);

	if (!bigger)
		return -ENOMEM;
	memcpy(bigger, cbuf, cbuf_size);
	kfree(cbuf);
	cbuf = bigger;
	cbuf_size = size;
	return 0;
}

static int cbuf_shrink(int size)
{
	u8 *smaller;
	int i;

	if (size < cbuf_count) {
		pr_err(DEV_NAME ": %d bytes in use, size %d refused\n", cbuf_count, size);
		return -EINVAL;
	}
	smaller = kmalloc(size, GFP_KERNEL);
	if (!smaller)
		return -ENOMEM;
	for (i = 0; i < cbuf_count; i++)
		smaller[i] = cbuf[(cbuf_head + i) % cbuf_size];
	kfree(cbuf);
	cbuf = smaller;
	cbuf_size = size;
	cbuf_head = 0;
	return 0;
}

static ssize_t dev_read(struct file *filp, char __user *ubuf, size_t len, loff_t *off)
{
	int i, n = cbuf_count;

	if (len < n)
		n = len;
	for (i = 0; i < n; i++)
		if (put_user(cbuf[(cbuf_head + i) % cbuf_size], ubuf + i))
			return -EFAULT;
	cbuf_head = (cbuf_head + n) % cbuf_size;
	cbuf_count -= n;
	return n;
}

static ssize_t dev_write(struct file *filp, const char __user *ubuf, size_t len, loff_t *off)
{
	size_t i;

	for (i = 0; i < len; i++) {
		u8 byte;

		if (get_user(byte, ubuf + i))
			return -EFAULT;
		cbuf[(cbuf_head + cbuf_count) % cbuf_size] = byte;
		if (cbuf_count == cbuf_size)
			cbuf_head = (cbuf_head + 1) % cbuf_size;
		else
			cbuf_count++;
	}
	return len;
}

static const struct file_operations dev_fops = {
	.owner	= THIS_MODULE,
	.read	= dev_read,
	.write	= dev_write,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	return sprintf(out, "%d\n", cbuf_size);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *in, size_t len)
{
	int size, err;

	err = kstrtoint(in, 10, &size);
	if (err)
		return err;
	if (size < 1 || size > SIZE_LIMIT)
		return -EINVAL;
	if (size > cbuf_size)
		err = cbuf_grow(size);
	else if (size < cbuf_size)
		err = cbuf_shrink(size);
	return err ? err : len;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	return sprintf(out, "%d\n", cbuf_count);
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);
static struct attribute *dev_attrs[] = { &size_attr.attr, &count_attr.attr, NULL };
static const struct attribute_group dev_group = { .attrs = dev_attrs };

static int __init dev_init(void)
{
	int err;

	cbuf = kmalloc(cbuf_size, GFP_KERNEL);
	if (!cbuf)
		return -ENOMEM;
	dev_kobj = kobject_create_and_add(DEV_NAME, kernel_kobj);
	if (!dev_kobj) {
		kfree(cbuf);
		return -ENOMEM;
	}
	err = sysfs_create_group(dev_kobj, &dev_group);
	if (!err) {
		err = dev_major = register_chrdev(0, DEV_NAME, &dev_fops);
	}
	if (err < 0) {
		kobject_put(dev_kobj);
		kfree(cbuf);
		return err;
	}
	dev_class = class_create(DEV_NAME);
	device_create(dev_class, NULL, MKDEV(dev_major, 0), NULL, DEV_NAME);
	return 0;
}

static void __exit dev_exit(void)
{
	device_destroy(dev_class, MKDEV(dev_major, 0));
	class_destroy(dev_class);
	unregister_chrdev(dev_major, DEV_NAME);
	kobject_put(dev_kobj);
	kfree(cbuf);
}

module_init(dev_init);
module_exit(dev_exit);
MODULE_LICENSE("GPL");

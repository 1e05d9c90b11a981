#include <linux/init.h>
#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/fs.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define NAME "asee_mod"

static dev_t dev;
static struct cdev cdev;
static struct class *class;
static struct kobject *asee;

/* Always a C string, so that it can be printed with %s. */
static char *string;
static int asee_buf_size = 16;
static int asee_buf_count;

static ssize_t asee_read(struct file *f, char __user *u, size_t n, loff_t *o)
{
	if (n > asee_buf_count)
		n = asee_buf_count;
	if (copy_to_user(u, string, n))
		return -EFAULT;
	asee_buf_count -= n;
	memmove(string, string + n, asee_buf_count);
	string[asee_buf_count] = '\0';
	return n;
}

static ssize_t asee_write(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	size_t i;
	char c;

	for (i = 0; i < n; i++) {
		if (get_user(c, u + i))
			return -EFAULT;
		if (i == n - 1 && c == '\n')
			break;
		if (asee_buf_count == asee_buf_size) {
			asee_buf_count--;
			memmove(string, string + 1, asee_buf_count);
		}
		string[asee_buf_count++] = c;
	}
	pr_debug(NAME ": %d of %d\n", asee_buf_count, asee_buf_size);
	return n;
}

static const struct file_operations fops = {
	.owner   = THIS_MODULE,
	.read    = asee_read,
	.write   = asee_write,
};

static ssize_t size_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_size);
}

static ssize_t size_store(struct kobject *k, struct kobj_attribute *a, const char *buf, size_t n)
{
	int size, r;
	char *s;

	r = kstrtoint(buf, 10, &size);
	if (r)
		return r;
	if (size < 1 || size > 8000)
		return -EINVAL;
	if (size < asee_buf_count) {
		pr_err(NAME ": too small: %d\n", size);
		return -EINVAL;
	}

	s = kmalloc(size, GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	memcpy(s, string, asee_buf_count);
	s[size] = '\0';
	kfree(string);
	string = s;
	asee_buf_size = size;
	return n;
}

static ssize_t count_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0664, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);

static int __init tp2_init(void)
{
	struct device *d;
	int r = -ENOMEM;

	string = kzalloc(asee_buf_size + 1, GFP_KERNEL);
	if (!string)
		return r;
	asee = kobject_create_and_add(NAME, kernel_kobj);
	if (!asee)
		goto err_string;
	r = sysfs_create_file(asee, &size_attr.attr);
	if (r)
		goto err_kobj;
	r = sysfs_create_file(asee, &count_attr.attr);
	if (r)
		goto err_kobj;
	r = alloc_chrdev_region(&dev, 0, 1, NAME);
	if (r)
		goto err_kobj;
	cdev_init(&cdev, &fops);
	r = cdev_add(&cdev, dev, 1);
	if (r)
		goto err_region;
	class = class_create(NAME);
	if (IS_ERR(class)) {
		r = PTR_ERR(class);
		goto err_cdev;
	}
	d = device_create(class, NULL, dev, NULL, NAME);
	if (IS_ERR(d)) {
		r = PTR_ERR(d);
		goto err_class;
	}
	return 0;

err_class:
	class_destroy(class);
err_cdev:
	cdev_del(&cdev);
err_region:
	unregister_chrdev_region(dev, 1);
err_kobj:
	kobject_put(asee);
err_string:
	kfree(string);
	return r;
}

static void __exit tp2_exit(void)
{
	device_destroy(class, dev);
	class_destroy(class);
	cdev_del(&cdev);
	unregister_chrdev_region(dev, 1);
	kobject_put(asee);
	kfree(string);
}

module_init(tp2_init);
module_exit(tp2_exit);
MODULE_LICENSE("Dual BSD/GPL");

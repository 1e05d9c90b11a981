#include <linux/init.h>
#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/fs.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define NAME "asee_mod"
#define SIZE 16

static dev_t dev;
static struct cdev cdev;
static struct class *class;

static char buf[SIZE];
static unsigned head, tail;
static bool full;

static bool empty(void)
{
	return !full && head == tail;
}

static void put(char c)
{
	if (full)
		head = (head + 1) % SIZE;
	buf[tail] = c;
	tail = (tail + 1) % SIZE;
	full = (tail == head);
}

static char take(void)
{
	char c = buf[head];

	head = (head + 1) % SIZE;
	full = false;
	return c;
}

static int asee_open(struct inode *i, struct file *f)
{
	pr_debug(NAME ": open\n");
	return 0;
}

static int asee_release(struct inode *i, struct file *f)
{
	pr_debug(NAME ": release\n");
	return 0;
}

static ssize_t asee_read(struct file *f, char __user *u, size_t n, loff_t *o)
{
	char tmp[SIZE];
	size_t i;

	for (i = 0; i < n && !empty(); i++)
		tmp[i] = take();
	if (copy_to_user(u, tmp, i))
		return -EFAULT;
	return i;
}

static ssize_t asee_write(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	char *tmp;
	size_t i, len = n;

	if (n == 0)
		return 0;
	tmp = kmalloc(n, GFP_KERNEL);
	if (!tmp)
		return -ENOMEM;
	if (copy_from_user(tmp, u, n)) {
		kfree(tmp);
		return -EFAULT;
	}
	if (tmp[len - 1] == '\n')
		len--;
	for (i = 0; i < len; i++)
		put(tmp[i]);
	kfree(tmp);
	return n;
}

static const struct file_operations fops = {
	.owner   = THIS_MODULE,
	.open    = asee_open,
	.release = asee_release,
	.read    = asee_read,
	.write   = asee_write,
};

static int __init tp1_init(void)
{
	struct device *d;
	int r;

	r = alloc_chrdev_region(&dev, 0, 1, NAME);
	if (r < 0)
		return r;

	cdev_init(&cdev, &fops);
	cdev.owner = THIS_MODULE;
	r = cdev_add(&cdev, dev, 1);
	if (r < 0)
		goto err_region;

	class = class_create(NAME "_class");
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
	return r;
}

static void __exit tp1_exit(void)
{
	device_destroy(class, dev);
	cdev_del(&cdev);
	unregister_chrdev_region(dev, 1);
}

module_init(tp1_init);
module_exit(tp1_exit);
MODULE_LICENSE("Dual BSD/GPL");

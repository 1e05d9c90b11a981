#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#define ASEE_BUF 16

static struct {
	spinlock_t lock;
	char buf[ASEE_BUF];
	int start;
	int count;
	dev_t devt;
	struct cdev cdev;
	struct class *class;
} asee;

static ssize_t asee_read(struct file *filp, char __user *ubuf, size_t len, loff_t *off)
{
	char bounce[ASEE_BUF];
	int i, n;

	/* user memory may sleep: copy out of the ring first, to the user afterwards */
	spin_lock(&asee.lock);
	n = len < asee.count ? len : asee.count;
	for (i = 0; i < n; i++) {
		bounce[i] = asee.buf[asee.start];
		asee.start = (asee.start + 1) % ASEE_BUF;
	}
	asee.count -= n;
	spin_unlock(&asee.lock);

	if (copy_to_user(ubuf, bounce, n))
		return -EFAULT;
	return n;
}

static void drop_oldest(void)
{
	spin_lock(&asee.lock);
	asee.start = (asee.start + 1) % ASEE_BUF;
	asee.count--;
	spin_unlock(&asee.lock);
}

static ssize_t asee_write(struct file *filp, const char __user *ubuf, size_t len, loff_t *off)
{
	char *bounce;
	size_t i;

	bounce = memdup_user(ubuf, len);
	if (IS_ERR(bounce))
		return PTR_ERR(bounce);

	spin_lock(&asee.lock);
	for (i = 0; i < len; i++) {
		if (i + 1 == len && bounce[i] == '\n')
			break;
		if (asee.count == ASEE_BUF)
			drop_oldest();
		asee.buf[(asee.start + asee.count) % ASEE_BUF] = bounce[i];
		asee.count++;
	}
	spin_unlock(&asee.lock);

	kfree(bounce);
	return len;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static int __init asee_init(void)
{
	struct device *device;
	int ret;

	spin_lock_init(&asee.lock);

	ret = alloc_chrdev_region(&asee.devt, 0, 1, "asee_mod");
	if (ret)
		return ret;

	cdev_init(&asee.cdev, &asee_fops);
	ret = cdev_add(&asee.cdev, asee.devt, 1);
	if (ret)
		goto no_cdev;

	asee.class = class_create("asee_class");
	if (IS_ERR(asee.class)) {
		ret = PTR_ERR(asee.class);
		goto no_class;
	}

	device = device_create(asee.class, NULL, asee.devt, NULL, "asee_mod");
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
		goto no_device;
	}
	return 0;

no_device:
	class_destroy(asee.class);
no_class:
	cdev_del(&asee.cdev);
no_cdev:
	unregister_chrdev_region(asee.devt, 1);
	return ret;
}

static void __exit asee_exit(void)
{
	device_destroy(asee.class, asee.devt);
	class_destroy(asee.class);
	cdev_del(&asee.cdev);
	unregister_chrdev_region(asee.devt, 1);
}

module_init(asee_init);
module_exit(asee_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ASEE TP1");

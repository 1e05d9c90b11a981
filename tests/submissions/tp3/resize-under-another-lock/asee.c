#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define ASEE_MAX 65536
#define PIECE 64

static struct {
	spinlock_t lock;	/* all that follows, up to count */
	char *buf;
	unsigned int size;
	unsigned int start;
	unsigned int count;
	wait_queue_head_t rq, wq;
	dev_t devt;
	struct cdev cdev;
	struct class *class;
	struct kobject *kobj;
} asee;

static ssize_t asee_read(struct file *filp, char __user *ubuf, size_t len, loff_t *off)
{
	char bounce[PIECE];
	size_t n;

	if (len > PIECE)
		len = PIECE;
	if (len == 0)
		return 0;

again:
	if (wait_event_interruptible(asee.rq, READ_ONCE(asee.count) != 0))
		return -ERESTARTSYS;

	/* user memory may sleep: out of the ring first, to the user afterwards */
	spin_lock(&asee.lock);
	for (n = 0; n < len && asee.count; n++) {
		bounce[n] = asee.buf[asee.start];
		asee.start = (asee.start + 1) % asee.size;
		asee.count--;
	}
	if (n)
		wake_up_interruptible(&asee.wq);
	spin_unlock(&asee.lock);

	if (n == 0)
		goto again;	/* another reader was faster */
	if (copy_to_user(ubuf, bounce, n))
		return -EFAULT;
	return n;
}

/* Like a pipe in non-atomic mode: at least one byte, then what fits. The caller writes the rest. */
static ssize_t asee_write(struct file *filp, const char __user *ubuf, size_t len, loff_t *off)
{
	char bounce[PIECE];
	size_t n;

	if (len > PIECE)
		len = PIECE;
	if (len == 0)
		return 0;
	if (copy_from_user(bounce, ubuf, len))
		return -EFAULT;

again:
	if (wait_event_interruptible(asee.wq, READ_ONCE(asee.count) < READ_ONCE(asee.size)))
		return -ERESTARTSYS;

	spin_lock(&asee.lock);
	for (n = 0; n < len && asee.count < asee.size; n++) {
		asee.buf[(asee.start + asee.count) % asee.size] = bounce[n];
		asee.count++;
	}
	if (n)
		wake_up_interruptible(&asee.rq);
	spin_unlock(&asee.lock);

	if (n == 0)
		goto again;
	return n;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static DEFINE_MUTEX(resizing);

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	return sprintf(out, "%u\n", asee.size);
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *in, size_t len)
{
	unsigned int size, i;
	char *buf;
	int ret;

	ret = kstrtouint(in, 10, &size);
	if (ret)
		return ret;
	if (size < 1 || size > ASEE_MAX)
		return -EINVAL;

	/* may sleep, so before the lock */
	buf = kmalloc(size, GFP_KERNEL);
	if (buf == NULL)
		return -ENOMEM;

	mutex_lock(&resizing);	/* one resize at a time */
	if (size < asee.count) {
		mutex_unlock(&resizing);
		kfree(buf);
		pr_err("asee: size %u is below the count\n", size);
		return -EINVAL;
	}
	for (i = 0; i < asee.count; i++)
		buf[i] = asee.buf[(asee.start + i) % asee.size];
	swap(asee.buf, buf);
	asee.start = 0;
	asee.size = size;
	wake_up_interruptible(&asee.wq);
	mutex_unlock(&resizing);

	kfree(buf);
	return len;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	unsigned int count;

	spin_lock(&asee.lock);
	count = asee.count;
	spin_unlock(&asee.lock);
	return sprintf(out, "%u\n", count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);

static const struct attribute *asee_attrs[] = {
	&size_attr.attr,
	&count_attr.attr,
	NULL
};

static int __init asee_init(void)
{
	struct device *device;
	int ret = -ENOMEM;

	spin_lock_init(&asee.lock);
	init_waitqueue_head(&asee.rq);
	init_waitqueue_head(&asee.wq);
	asee.size = 16;
	asee.buf = kmalloc(asee.size, GFP_KERNEL);
	if (!asee.buf)
		return ret;

	asee.kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee.kobj)
		goto no_kobj;
	ret = sysfs_create_files(asee.kobj, asee_attrs);
	if (ret)
		goto no_region;

	ret = alloc_chrdev_region(&asee.devt, 0, 1, "asee_mod");
	if (ret)
		goto no_region;
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
no_region:
	kobject_put(asee.kobj);
no_kobj:
	kfree(asee.buf);
	return ret;
}

static void __exit asee_exit(void)
{
	device_destroy(asee.class, asee.devt);
	class_destroy(asee.class);
	cdev_del(&asee.cdev);
	unregister_chrdev_region(asee.devt, 1);
	kobject_put(asee.kobj);
	kfree(asee.buf);
}

module_init(asee_init);
module_exit(asee_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ASEE TP3");

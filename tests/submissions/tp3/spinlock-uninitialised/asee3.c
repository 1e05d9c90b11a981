#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define ASEE_MAX 65536
#define LOCAL_LEN 64

static struct {
	spinlock_t lock;	/* all that follows, up to count */
	char *buf;
	unsigned int size;
	unsigned int first;
	unsigned int count;
	wait_queue_head_t read_wait, write_wait;
	dev_t devt;
	struct cdev cdev;
	struct class *class;
	struct kobject *kobj;
} ctx;

static ssize_t asee_read(struct file *filp, char __user *user, size_t len, loff_t *off)
{
	char local[LOCAL_LEN];
	size_t n;

	if (len > LOCAL_LEN)
		len = LOCAL_LEN;
	if (len == 0)
		return 0;

again:
	if (wait_event_interruptible(ctx.read_wait, READ_ONCE(ctx.count) != 0))
		return -ERESTARTSYS;

	/* user memory may sleep: out of the ring first, to the user afterwards */
	spin_lock(&ctx.lock);
	for (n = 0; n < len && ctx.count; n++) {
		local[n] = ctx.buf[ctx.first];
		ctx.first = (ctx.first + 1) % ctx.size;
		ctx.count--;
	}
	if (n)
		wake_up_interruptible(&ctx.write_wait);
	spin_unlock(&ctx.lock);

	if (n == 0)
		goto again;	/* another reader was faster */
	if (copy_to_user(user, local, n))
		return -EFAULT;
	return n;
}

/* one byte at least, and then as many as fit */
static ssize_t asee_write(struct file *filp, const char __user *user, size_t len, loff_t *off)
{
	char local[LOCAL_LEN];
	size_t n;

	if (len > LOCAL_LEN)
		len = LOCAL_LEN;
	if (len == 0)
		return 0;
	if (copy_from_user(local, user, len))
		return -EFAULT;

again:
	if (wait_event_interruptible(ctx.write_wait, READ_ONCE(ctx.count) < READ_ONCE(ctx.size)))
		return -ERESTARTSYS;

	spin_lock(&ctx.lock);
	for (n = 0; n < len && ctx.count < ctx.size; n++) {
		ctx.buf[(ctx.first + ctx.count) % ctx.size] = local[n];
		ctx.count++;
	}
	if (n)
		wake_up_interruptible(&ctx.read_wait);
	spin_unlock(&ctx.lock);

	if (n == 0)
		goto again;
	return n;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	return sprintf(out, "%u\n", ctx.size);
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

	spin_lock(&ctx.lock);
	if (size < ctx.count) {
		spin_unlock(&ctx.lock);
		kfree(buf);
		pr_err("ctx: size %u is below the count\n", size);
		return -EINVAL;
	}
	for (i = 0; i < ctx.count; i++)
		buf[i] = ctx.buf[(ctx.first + i) % ctx.size];
	swap(ctx.buf, buf);
	ctx.first = 0;
	ctx.size = size;
	wake_up_interruptible(&ctx.write_wait);
	spin_unlock(&ctx.lock);

	kfree(buf);
	return len;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	unsigned int count;

	spin_lock(&ctx.lock);
	count = ctx.count;
	spin_unlock(&ctx.lock);
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

	init_waitqueue_head(&ctx.read_wait);
	init_waitqueue_head(&ctx.write_wait);
	ctx.size = 16;
	ctx.buf = kmalloc(ctx.size, GFP_KERNEL);
	if (!ctx.buf)
		return ret;

	ctx.kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!ctx.kobj)
		goto no_kobj;
	ret = sysfs_create_files(ctx.kobj, asee_attrs);
	if (ret)
		goto no_region;

	ret = alloc_chrdev_region(&ctx.devt, 0, 1, "asee_mod");
	if (ret)
		goto no_region;
	cdev_init(&ctx.cdev, &asee_fops);
	ret = cdev_add(&ctx.cdev, ctx.devt, 1);
	if (ret)
		goto no_cdev;

	ctx.class = class_create("asee_class");
	if (IS_ERR(ctx.class)) {
		ret = PTR_ERR(ctx.class);
		goto no_class;
	}
	device = device_create(ctx.class, NULL, ctx.devt, NULL, "asee_mod");
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
		goto no_device;
	}
	return 0;

no_device:
	class_destroy(ctx.class);
no_class:
	cdev_del(&ctx.cdev);
no_cdev:
	unregister_chrdev_region(ctx.devt, 1);
no_region:
	kobject_put(ctx.kobj);
no_kobj:
	kfree(ctx.buf);
	return ret;
}

static void __exit asee_exit(void)
{
	device_destroy(ctx.class, ctx.devt);
	class_destroy(ctx.class);
	cdev_del(&ctx.cdev);
	unregister_chrdev_region(ctx.devt, 1);
	kobject_put(ctx.kobj);
	kfree(ctx.buf);
}

module_init(asee_init);
module_exit(asee_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ASEE TP3");

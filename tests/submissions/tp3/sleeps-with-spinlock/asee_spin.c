#include <linux/module.h>
#include <linux/miscdevice.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

/* "Use a single spinlock first for the whole device." */
#define CHARS 4096

static char chars[CHARS];
static int oldest, nb, size = 16;
static DEFINE_SPINLOCK(dev_spinlock);
static DECLARE_WAIT_QUEUE_HEAD(queue);

static bool try_put(char c)
{
	bool ok;

	spin_lock(&dev_spinlock);
	ok = nb < size;
	if (ok) {
		chars[(oldest + nb) % CHARS] = c;
		nb++;
		wake_up(&queue);
	}
	spin_unlock(&dev_spinlock);
	return ok;
}

static ssize_t asee_read(struct file *f, char __user *u, size_t n, loff_t *o)
{
	char c;

	if (n == 0)
		return 0;
	spin_lock(&dev_spinlock);
	if (wait_event_interruptible(queue, nb > 0)) {
		spin_unlock(&dev_spinlock);
		return -ERESTARTSYS;
	}
	c = chars[oldest];
	oldest = (oldest + 1) % CHARS;
	nb--;
	spin_unlock(&dev_spinlock);
	wake_up(&queue);
	return put_user(c, u) ? -EFAULT : 1;
}

static ssize_t asee_write(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	char c;

	if (n == 0)
		return 0;
	if (get_user(c, u))
		return -EFAULT;
	if (wait_event_interruptible(queue, try_put(c)))
		return -ERESTARTSYS;
	return 1;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static struct miscdevice asee = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_fops,
};

static ssize_t size_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%d\n", size);
}

static ssize_t size_store(struct kobject *k, struct kobj_attribute *a, const char *b, size_t n)
{
	ssize_t ret = n;
	int s;

	if (kstrtoint(b, 0, &s) || s < 1 || s > CHARS)
		return -EINVAL;
	spin_lock(&dev_spinlock);
	if (s < nb) {
		pr_err("asee_mod: %d in use\n", nb);
		ret = -EINVAL;
	} else {
		size = s;
		wake_up(&queue);
	}
	spin_unlock(&dev_spinlock);
	return ret;
}

static ssize_t count_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	int n;

	spin_lock(&dev_spinlock);
	n = nb;
	spin_unlock(&dev_spinlock);
	return sprintf(b, "%d\n", n);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0600, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0400, count_show, NULL);
static struct kobject *kobj;

static int __init asee_init(void)
{
	int err;

	kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj)
		return -ENOMEM;
	if ((err = sysfs_create_file(kobj, &size_attr.attr)) ||
	    (err = sysfs_create_file(kobj, &count_attr.attr)) ||
	    (err = misc_register(&asee)))
		kobject_put(kobj);
	return err;
}
module_init(asee_init);

static void __exit asee_exit(void)
{
	misc_deregister(&asee);
	kobject_put(kobj);
}
module_exit(asee_exit);

MODULE_LICENSE("GPL");

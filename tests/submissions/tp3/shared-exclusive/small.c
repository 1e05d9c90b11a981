#include <linux/module.h>
#include <linux/miscdevice.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

/* A call moves one byte, and wakes up one task: more could not do anything anyway. */
#define STORE_MAX 4096

static char store[STORE_MAX];
static int pos, count, size = 16;
static DEFINE_SPINLOCK(lock);
static DECLARE_WAIT_QUEUE_HEAD(sleepers);

/* true: got one */
static bool get_one(char *c)
{
	bool ok;

	spin_lock(&lock);
	ok = count > 0;
	if (ok) {
		*c = store[pos];
		pos = (pos + 1) % STORE_MAX;
		count--;
		wake_up(&sleepers);
	}
	spin_unlock(&lock);
	return ok;
}

static bool put_one(char c)
{
	bool ok;

	spin_lock(&lock);
	ok = count < size;
	if (ok) {
		store[(pos + count) % STORE_MAX] = c;
		count++;
		wake_up(&sleepers);
	}
	spin_unlock(&lock);
	return ok;
}

static ssize_t chan_read(struct file *f, char __user *u, size_t n, loff_t *o)
{
	char c;

	if (n == 0)
		return 0;
	if (wait_event_interruptible_exclusive(sleepers, get_one(&c)))
		return -ERESTARTSYS;
	return put_user(c, u) ? -EFAULT : 1;
}

static ssize_t chan_write(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	char c;

	if (n == 0)
		return 0;
	if (get_user(c, u))
		return -EFAULT;
	if (wait_event_interruptible_exclusive(sleepers, put_one(c)))
		return -ERESTARTSYS;
	return 1;
}

static const struct file_operations chan_fops = {
	.owner = THIS_MODULE,
	.read = chan_read,
	.write = chan_write,
};

static struct miscdevice chan = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &chan_fops,
};

static ssize_t size_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%d\n", size);
}

static ssize_t size_store(struct kobject *k, struct kobj_attribute *a, const char *b, size_t n)
{
	ssize_t ret = n;
	int s;

	if (kstrtoint(b, 0, &s) || s < 1 || s > STORE_MAX)
		return -EINVAL;
	spin_lock(&lock);
	if (s < count) {
		pr_err("asee_mod: %d in use\n", count);
		ret = -EINVAL;
	} else {
		size = s;
		wake_up(&sleepers);
	}
	spin_unlock(&lock);
	return ret;
}

static ssize_t count_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%d\n", count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0600, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0400, count_show, NULL);
static struct kobject *kobj;

static int __init chan_init(void)
{
	int err;

	kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj)
		return -ENOMEM;
	if ((err = sysfs_create_file(kobj, &size_attr.attr)) ||
	    (err = sysfs_create_file(kobj, &count_attr.attr)) ||
	    (err = misc_register(&chan)))
		kobject_put(kobj);
	return err;
}
module_init(chan_init);

static void __exit chan_exit(void)
{
	misc_deregister(&chan);
	kobject_put(kobj);
}
module_exit(chan_exit);

MODULE_LICENSE("GPL");

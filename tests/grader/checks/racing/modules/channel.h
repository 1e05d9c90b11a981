/* /dev/asee_mod and the two attributes around a channel that each module implements its own way:
 * it defines asee_write(), asee_read() and count_now(). */
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define SIZE 16

static ssize_t asee_write(struct file *file, const char __user *from, size_t length, loff_t *at);
static ssize_t asee_read(struct file *file, char __user *to, size_t length, loff_t *at);
static int count_now(void);

static const struct file_operations asee_operations = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static struct miscdevice asee_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_operations,
};

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%d\n", count_now());
}

static struct kobj_attribute count_attribute = __ATTR_RO(asee_buf_count);
static struct kobject *folder;

static int channel_start(void)
{
	int failed;

	folder = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!folder)
		return -ENOMEM;
	failed = sysfs_create_file(folder, &count_attribute.attr);
	if (!failed)
		failed = misc_register(&asee_device);
	if (failed)
		kobject_put(folder);
	return failed;
}

static void channel_end(void)
{
	misc_deregister(&asee_device);
	kobject_put(folder);
}

MODULE_LICENSE("GPL");

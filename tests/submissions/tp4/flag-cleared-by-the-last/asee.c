#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define DEV "asee_mod"
#define SIZE_MIN 1
#define SIZE_MAX_ASEE 4096

static int asee_major;
static struct class *asee_class;
static struct kobject *asee_kobject;

static char *buffer;
static int asee_buf_size = 16;
static int asee_buf_count = 0;
static int rd = 0;
static int wr = 0;

DEFINE_MUTEX(asee_lock);
DECLARE_WAIT_QUEUE_HEAD(wait_data);
DECLARE_WAIT_QUEUE_HEAD(wait_space);

/* set by the interrupt: everybody has to leave; the last one clears it */
static int kicked = 0;
static atomic_t waiting = ATOMIC_INIT(0);

static void leave(void)
{
	if (atomic_dec_and_test(&waiting))
		WRITE_ONCE(kicked, 0);
}

static irqreturn_t handler_irq11(int irq, void *dev_id)
{
	WRITE_ONCE(kicked, 1);
	wake_up_interruptible_all(&wait_data);
	wake_up_interruptible_all(&wait_space);
	return IRQ_HANDLED;
}

static int wait_for_data(void)
{
	int ret;

	atomic_inc(&waiting);
	ret = wait_event_interruptible(wait_data,
				       READ_ONCE(asee_buf_count) > 0 || READ_ONCE(kicked));
	if (!ret && READ_ONCE(kicked))
		ret = -EINTR;
	leave();
	return ret;
}

static int wait_for_space(void)
{
	int ret;

	atomic_inc(&waiting);
	ret = wait_event_interruptible(wait_space,
				       READ_ONCE(asee_buf_count) < READ_ONCE(asee_buf_size) ||
					       READ_ONCE(kicked));
	if (!ret && READ_ONCE(kicked))
		ret = -EINTR;
	leave();
	return ret;
}

static ssize_t asee_read(struct file *file, char __user *user, size_t len, loff_t *off)
{
	ssize_t done = 0;
	int ret;

	if (!len)
		return 0;

	mutex_lock(&asee_lock);
	while (!asee_buf_count) {
		mutex_unlock(&asee_lock);
		ret = wait_for_data();
		if (ret)
			return ret;
		mutex_lock(&asee_lock);
	}

	while (done < len && asee_buf_count > 0) {
		if (put_user(buffer[rd], user + done)) {
			if (!done)
				done = -EFAULT;
			break;
		}
		rd = (rd + 1) % asee_buf_size;
		asee_buf_count--;
		done++;
	}
	mutex_unlock(&asee_lock);
	wake_up_interruptible_all(&wait_space);
	return done;
}

static ssize_t asee_write(struct file *file, const char __user *user, size_t len, loff_t *off)
{
	ssize_t done = 0;
	int ret = 0;
	char c;

	while (done < len) {
		if (get_user(c, user + done)) {
			ret = -EFAULT;
			break;
		}
		/* no newline at the end, as in the TP's example */
		if (c == '\n' && done == len - 1) {
			done++;
			break;
		}
		mutex_lock(&asee_lock);
		while (asee_buf_count == asee_buf_size) {
			mutex_unlock(&asee_lock);
			ret = wait_for_space();
			if (ret)
				return done ? done : ret;
			mutex_lock(&asee_lock);
		}
		buffer[wr] = c;
		wr = (wr + 1) % asee_buf_size;
		asee_buf_count++;
		mutex_unlock(&asee_lock);
		wake_up_interruptible_all(&wait_data);
		done++;
	}
	return done ? done : ret;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static ssize_t buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_size);
}

static ssize_t buf_size_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			      size_t count)
{
	int new_size, i;
	char *new_buffer;

	if (kstrtoint(buf, 10, &new_size) < 0)
		return -EINVAL;
	if (new_size < SIZE_MIN || new_size > SIZE_MAX_ASEE)
		return -EINVAL;

	new_buffer = kmalloc(new_size, GFP_KERNEL);
	if (!new_buffer)
		return -ENOMEM;

	mutex_lock(&asee_lock);
	if (new_size < asee_buf_count) {
		mutex_unlock(&asee_lock);
		kfree(new_buffer);
		pr_err("asee_mod: new size is too small\n");
		return -EINVAL;
	}
	for (i = 0; i < asee_buf_count; i++) {
		new_buffer[i] = buffer[rd];
		rd = (rd + 1) % asee_buf_size;
	}
	kfree(buffer);
	buffer = new_buffer;
	asee_buf_size = new_size;
	rd = 0;
	wr = asee_buf_count % asee_buf_size;
	mutex_unlock(&asee_lock);

	wake_up_interruptible_all(&wait_space);
	return count;
}

static ssize_t buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_count);
}

static ssize_t raise_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			   size_t count)
{
	asm volatile("int $0x3B");
	return count;
}

static struct kobj_attribute buf_size_attribute =
	__ATTR(asee_buf_size, 0664, buf_size_show, buf_size_store);
static struct kobj_attribute buf_count_attribute =
	__ATTR(asee_buf_count, 0444, buf_count_show, NULL);
static struct kobj_attribute raise_attribute = __ATTR(asee_raise_irq, 0220, NULL, raise_store);

static int __init asee_init(void)
{
	struct device *dev;
	int error = 0;

	buffer = kzalloc(asee_buf_size, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;

	error = request_irq(11, handler_irq11, IRQF_SHARED, DEV, (void *)handler_irq11);
	if (error)
		goto err_irq;

	asee_major = register_chrdev(0, DEV, &asee_fops);
	if (asee_major < 0) {
		error = asee_major;
		goto err_chrdev;
	}
	asee_class = class_create(DEV);
	if (IS_ERR(asee_class)) {
		error = PTR_ERR(asee_class);
		goto err_class;
	}
	dev = device_create(asee_class, NULL, MKDEV(asee_major, 0), NULL, DEV);
	if (IS_ERR(dev)) {
		error = PTR_ERR(dev);
		goto err_device;
	}

	asee_kobject = kobject_create_and_add(DEV, kernel_kobj);
	if (!asee_kobject) {
		error = -ENOMEM;
		goto err_kobject;
	}
	error = sysfs_create_file(asee_kobject, &buf_size_attribute.attr);
	if (!error)
		error = sysfs_create_file(asee_kobject, &buf_count_attribute.attr);
	if (!error)
		error = sysfs_create_file(asee_kobject, &raise_attribute.attr);
	if (error) {
		pr_info("failed to create the files in /sys/kernel/asee_mod\n");
		goto err_files;
	}
	return 0;

err_files:
	kobject_put(asee_kobject);
err_kobject:
	device_destroy(asee_class, MKDEV(asee_major, 0));
err_device:
	class_destroy(asee_class);
err_class:
	unregister_chrdev(asee_major, DEV);
err_chrdev:
	free_irq(11, (void *)handler_irq11);
err_irq:
	kfree(buffer);
	return error;
}

static void __exit asee_exit(void)
{
	kobject_put(asee_kobject);
	device_destroy(asee_class, MKDEV(asee_major, 0));
	class_destroy(asee_class);
	unregister_chrdev(asee_major, DEV);
	free_irq(11, (void *)handler_irq11);
	kfree(buffer);
}

module_init(asee_init);
module_exit(asee_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("Etudiant 2");

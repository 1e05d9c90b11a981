/* TP1, mode 0666 par devnode, et un ioctl pour vider (pas demande) */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/ioctl.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/rwsem.h>
#include <linux/uaccess.h>

#define ASEE_IOC_CLEAR _IO('a', 1)
#define ASEE_IOC_COUNT _IOR('a', 2, int)

static dev_t first;
static struct cdev asee_cdev;
static struct class *asee_class;
static DECLARE_RWSEM(asee_sem);

static char circular[16], *p_read = circular, *p_write = circular;
static int n_char;

static inline char *next(char *p)
{
	return ++p == circular + sizeof(circular) ? circular : p;
}

static char *asee_devnode(const struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0666;
	return NULL;
}

static ssize_t asee_read(struct file *file, char __user *buf, size_t count, loff_t *f_pos)
{
	ssize_t done = 0;

	down_write(&asee_sem);
	for (; n_char && done < count; n_char--, done++, p_read = next(p_read))
		if (put_user(*p_read, buf + done)) {
			done = -EFAULT;
			break;
		}
	up_write(&asee_sem);
	return done;
}

static ssize_t asee_write(struct file *file, const char __user *buf, size_t count, loff_t *f_pos)
{
	ssize_t done;

	down_write(&asee_sem);
	for (done = 0; done < count; done++) {
		char c;

		if (get_user(c, buf + done)) {
			done = -EFAULT;
			break;
		}
		*p_write = c;
		p_write = next(p_write);
		if (n_char == sizeof(circular))
			p_read = p_write;
		else
			n_char++;
	}
	up_write(&asee_sem);
	return done < 0 ? done : n_char;
}

static long asee_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	int n;

	switch (cmd) {
	case ASEE_IOC_CLEAR:
		down_write(&asee_sem);
		p_read = p_write;
		n_char = 0;
		up_write(&asee_sem);
		return 0;
	case ASEE_IOC_COUNT:
		down_read(&asee_sem);
		n = n_char;
		up_read(&asee_sem);
		return put_user(n, (int __user *)arg);
	default:
		return -ENOTTY;
	}
}

static __poll_t asee_poll(struct file *file, poll_table *wait)
{
	return EPOLLOUT | EPOLLWRNORM | (n_char ? EPOLLIN | EPOLLRDNORM : 0);
}

static struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
	.unlocked_ioctl = asee_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = asee_poll,
	.llseek = noop_llseek,
};

static int __init asee_init(void)
{
	int err;

	if ((err = alloc_chrdev_region(&first, 0, 1, "asee")) < 0)
		return err;
	if (IS_ERR(asee_class = class_create("asee_class"))) {
		err = PTR_ERR(asee_class);
		goto out_region;
	}
	asee_class->devnode = asee_devnode;

	cdev_init(&asee_cdev, &asee_fops);
	if ((err = cdev_add(&asee_cdev, first, 1)))
		goto out_class;
	if (IS_ERR(device_create(asee_class, NULL, first, NULL, "asee_mod"))) {
		err = -ENODEV;
		goto out_cdev;
	}
	return 0;

out_cdev:
	cdev_del(&asee_cdev);
out_class:
	class_destroy(asee_class);
out_region:
	unregister_chrdev_region(first, 1);
	return err;
}

static void __exit asee_exit(void)
{
	device_destroy(asee_class, first);
	cdev_del(&asee_cdev);
	class_destroy(asee_class);
	unregister_chrdev_region(first, 1);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("Etudiante <etu@example.org>");

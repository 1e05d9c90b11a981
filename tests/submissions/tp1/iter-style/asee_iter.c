#include <linux/circ_buf.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uio.h>

#define SLOTS 16

static DEFINE_MUTEX(lock);
static u8 store[SLOTS];
static u32 oldest, amount;

static ssize_t asee_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	ssize_t total = 0;

	mutex_lock(&lock);
	while (amount && iov_iter_count(to)) {
		size_t run = min_t(size_t, amount, SLOTS - oldest);
		size_t got = copy_to_iter(store + oldest, min(run, iov_iter_count(to)), to);

		if (!got)
			break;
		oldest = (oldest + got) % SLOTS;
		amount -= got;
		total += got;
	}
	if (!total && amount && iov_iter_count(to))
		total = -EFAULT;
	mutex_unlock(&lock);
	return total;
}

static ssize_t asee_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t total = 0;

	mutex_lock(&lock);
	while (iov_iter_count(from)) {
		u32 at = (oldest + amount) % SLOTS;
		u8 byte;

		if (copy_from_iter(&byte, 1, from) != 1) {
			total = total ? total : -EFAULT;
			break;
		}
		store[at] = byte;
		if (amount == SLOTS)
			oldest = (oldest + 1) % SLOTS;
		else
			amount++;
		total++;
	}
	mutex_unlock(&lock);
	return total;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read_iter = asee_read_iter,
	.write_iter = asee_write_iter,
};

static struct miscdevice asee_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_fops,
};
module_misc_device(asee_misc);

MODULE_LICENSE("GPL");

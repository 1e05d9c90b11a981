/* four minors, the node is the third; a second node asee_mod3 */
/* read_iter/write_iter, cdev, spinlock, bounce */
#include <linux/module.h>
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/uio.h>
#include <linux/spinlock.h>
#include <linux/device.h>
#define N 16
static dev_t devno; static struct cdev cd; static struct class *cl;
static struct { spinlock_t l; unsigned w, r; u8 d[N]; } q = { .l = __SPIN_LOCK_UNLOCKED(q.l) };
static ssize_t ri(struct kiocb *k, struct iov_iter *to)
{
	u8 t[N]; unsigned n, i; size_t got; unsigned long fl;
	n = min_t(size_t, iov_iter_count(to), N);
	spin_lock_irqsave(&q.l, fl);
	if (n > q.w - q.r) n = q.w - q.r;
	for (i = 0; i < n; i++) t[i] = q.d[q.r++ & (N - 1)];
	spin_unlock_irqrestore(&q.l, fl);
	got = copy_to_iter(t, n, to);
	if (n && !got) return -EFAULT;
	return got;
}
static ssize_t wi(struct kiocb *k, struct iov_iter *from)
{
	u8 t[64]; ssize_t tot = 0;
	while (iov_iter_count(from)) {
		size_t n = copy_from_iter(t, min_t(size_t, sizeof(t), iov_iter_count(from)), from), i;
		unsigned long fl;
		if (!n) return tot ?: -EFAULT;
		spin_lock_irqsave(&q.l, fl);
		for (i = 0; i < n; i++) q.d[q.w++ & (N - 1)] = t[i];
		if (q.w - q.r > N) q.r = q.w - N;
		spin_unlock_irqrestore(&q.l, fl);
		tot += n;
	}
	return tot;
}
static const struct file_operations fo = { .owner = THIS_MODULE, .read_iter = ri, .write_iter = wi };
static int __init i_(void)
{
	int e = alloc_chrdev_region(&devno, 0, 4, "asee_mod"); struct device *d;
	if (e) return e;
	cdev_init(&cd, &fo);
	devno += 2; e = cdev_add(&cd, devno - 2, 4); if (e) goto a;
	cl = class_create("asee"); if (IS_ERR(cl)) { e = PTR_ERR(cl); goto b; }
	d = device_create(cl, NULL, devno, NULL, "asee_mod"); if (IS_ERR(d)) { e = PTR_ERR(d); goto c; }
	device_create(cl, NULL, devno + 1, NULL, "asee_mod3");
	return 0;
c:	class_destroy(cl);
b:	cdev_del(&cd);
a:	unregister_chrdev_region(devno - 2, 4); return e;
}
static void __exit x_(void) { device_destroy(cl, devno + 1); device_destroy(cl, devno); class_destroy(cl); cdev_del(&cd); unregister_chrdev_region(devno - 2, 4); }
module_init(i_); module_exit(x_); MODULE_LICENSE("Dual BSD/GPL");

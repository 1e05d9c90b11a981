/* vmalloc, per-open private data, rwsem, 17 slots with one always empty, devnode */
#include <linux/module.h>
#include <linux/vmalloc.h>
#include <linux/slab.h>
#include <linux/rwsem.h>
#include <linux/fs.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/uaccess.h>
struct chan { struct rw_semaphore s; char *b; int in, out; };
struct ses { struct chan *c; unsigned long rd, wr; char name[TASK_COMM_LEN]; };
#define SL 17
static struct chan *ch; static struct cdev *cd; static dev_t d; static struct class *k;
static int op(struct inode *i, struct file *f)
{
	struct ses *s = kzalloc(sizeof *s, GFP_KERNEL);
	if (!s) return -ENOMEM;
	s->c = ch; get_task_comm(s->name, current); f->private_data = s;
	return nonseekable_open(i, f);
}
static int re(struct inode *i, struct file *f)
{
	struct ses *s = f->private_data;
	pr_info("%s: %lu lus, %lu ecrits\n", s->name, s->rd, s->wr);
	kfree(s);
	return 0;
}
static ssize_t rd(struct file *f, char __user *u, size_t n, loff_t *o)
{
	struct ses *s = f->private_data; struct chan *c = s->c; ssize_t tot = 0, part = 0;
	down_write(&c->s);
	while (tot < n && c->in != c->out) {
		int run = (c->in > c->out ? c->in : SL) - c->out;
		if (run > n - tot) run = n - tot;
		if (copy_to_user(u + tot, c->b + c->out, run)) { if (!tot) tot = -EFAULT; break; }
		c->out = (c->out + run) % SL; if (!part) part = run; tot += run;
	}
	if (tot > 0) s->rd += tot;
	up_write(&c->s);
	return tot > 0 ? (part ? part : tot) : tot;
}
static ssize_t wr(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	struct ses *s = f->private_data; struct chan *c = s->c; char *t; size_t i;
	if (n > 16) n = 16;	/* a part at a time: write(2) returns what was taken */
	t = memdup_user(u, n);
	if (IS_ERR(t)) return PTR_ERR(t);
	down_write(&c->s);
	for (i = 0; i < n; i++) {
		int nx = c->in + 1 == SL ? 0 : c->in + 1;
		if (nx == c->out) c->out = c->out + 1 == SL ? 0 : c->out + 1;
		c->b[c->in] = t[i]; c->in = nx;
	}
	s->wr += n;
	up_write(&c->s);
	kfree(t);
	return n;
}
static const struct file_operations fo = { .owner = THIS_MODULE, .open = op, .release = re, .read = rd, .write = wr };
static char *dn(const struct device *dev, umode_t *m) { if (m) *m = 0666; return kstrdup("asee_mod", GFP_KERNEL); }
static int __init in(void)
{
	int e = -ENOMEM;
	ch = kzalloc(sizeof *ch, GFP_KERNEL); if (!ch) return e;
	init_rwsem(&ch->s);
	ch->b = vzalloc(SL); if (!ch->b) goto e0;
	e = alloc_chrdev_region(&d, 5, 1, "asee_mod"); if (e) goto e1;
	cd = cdev_alloc(); if (!cd) { e = -ENOMEM; goto e2; }
	cd->ops = &fo; cd->owner = THIS_MODULE;
	e = cdev_add(cd, d, 1); if (e) goto e3;
	k = class_create("chan"); if (IS_ERR(k)) { e = PTR_ERR(k); goto e3; }
	k->devnode = dn;
	if (IS_ERR(device_create(k, NULL, d, NULL, "chan0"))) { e = -EIO; class_destroy(k); goto e3; }
	return 0;
e3: cdev_del(cd);
e2: unregister_chrdev_region(d, 1);
e1: vfree(ch->b);
e0: kfree(ch); return e;
}
static void __exit out(void)
{
	device_destroy(k, d); class_destroy(k); cdev_del(cd); unregister_chrdev_region(d, 1);
	vfree(ch->b); kfree(ch);
}
module_init(in); module_exit(out); MODULE_LICENSE("GPL");

/*
 * Module asee_mod, TP4 : canal bloquant + interruption logicielle.
 *
 * Le handler ne fait que compter et planifier une tasklet ; c'est la tasklet qui réveille les
 * tâches bloquées. Chaque tâche retient le nombre d'interruptions à son arrivée : s'il a changé
 * à son réveil, elle rend la main avec une erreur.
 */
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define NOM "asee_mod"
#define IRQ_TP 11
#define VECTEUR 0x3B
#define TAILLE_MAX 8192

static int majeur;
static struct class *classe;
static struct kobject *dossier;

/* le tampon, protégé par un sémaphore binaire */
static DEFINE_SEMAPHORE(verrou, 1);
static char *tampon;
static unsigned int asee_buf_size = 16;
static unsigned int asee_buf_count;
static unsigned int debut;

/* une seule file pour tout le monde */
static DECLARE_WAIT_QUEUE_HEAD(file);
static atomic_t nb_irq = ATOMIC_INIT(0);

static void reveiller(struct tasklet_struct *t)
{
	wake_up_interruptible_all(&file);
}
static DECLARE_TASKLET(tasklet, reveiller);

static irqreturn_t traitement(int irq, void *dev)
{
	atomic_inc(&nb_irq);
	tasklet_schedule(&tasklet);
	return IRQ_HANDLED;
}

static ssize_t lire(struct file *filp, char __user *dest, size_t taille, loff_t *pos)
{
	int avant = atomic_read(&nb_irq);
	unsigned int n, i;
	char *copie;
	ssize_t ret;

	if (taille == 0)
		return 0;

	if (down_interruptible(&verrou))
		return -ERESTARTSYS;
	while (asee_buf_count == 0) {
		up(&verrou);
		ret = wait_event_interruptible(file, READ_ONCE(asee_buf_count) ||
							     atomic_read(&nb_irq) != avant);
		if (ret)
			return ret;
		if (atomic_read(&nb_irq) != avant)
			return -EIO;
		if (down_interruptible(&verrou))
			return -ERESTARTSYS;
	}

	n = min_t(size_t, taille, asee_buf_count);
	ret = -ENOMEM;
	copie = kmalloc(n, GFP_KERNEL);
	if (!copie)
		goto fin;
	for (i = 0; i < n; i++)
		copie[i] = tampon[(debut + i) % asee_buf_size];
	ret = -EFAULT;
	if (copy_to_user(dest, copie, n))
		goto fin;
	debut = (debut + n) % asee_buf_size;
	asee_buf_count -= n;
	ret = n;
fin:
	up(&verrou);
	kfree(copie);
	wake_up_interruptible_all(&file);
	return ret;
}

static ssize_t ecrire(struct file *filp, const char __user *src, size_t taille, loff_t *pos)
{
	int avant = atomic_read(&nb_irq);
	size_t ecrits = 0;
	int ret = 0;
	char c;

	while (ecrits < taille) {
		ret = -EFAULT;
		if (get_user(c, src + ecrits))
			break;
		/* le retour à la ligne d'echo n'est pas stocké */
		if (c == '\n' && ecrits == taille - 1) {
			ecrits++;
			break;
		}

		ret = down_interruptible(&verrou) ? -ERESTARTSYS : 0;
		if (ret)
			break;
		if (asee_buf_count == asee_buf_size) {
			up(&verrou);
			ret = wait_event_interruptible(
				file, READ_ONCE(asee_buf_count) < READ_ONCE(asee_buf_size) ||
					      atomic_read(&nb_irq) != avant);
			if (ret == 0 && atomic_read(&nb_irq) != avant)
				ret = -EIO;
			if (ret)
				break;
			continue;
		}
		tampon[(debut + asee_buf_count) % asee_buf_size] = c;
		asee_buf_count++;
		up(&verrou);
		ecrits++;
		wake_up_interruptible_all(&file);
	}
	return ecrits ? ecrits : ret;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.read = lire,
	.write = ecrire,
};

static ssize_t taille_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sprintf(buf, "%u\n", asee_buf_size);
}

static ssize_t taille_store(struct kobject *k, struct kobj_attribute *a, const char *buf, size_t n)
{
	unsigned int nouvelle, i;
	char *nouveau;
	ssize_t ret = n;

	if (kstrtouint(buf, 10, &nouvelle) || nouvelle == 0 || nouvelle > TAILLE_MAX)
		return -EINVAL;
	nouveau = kmalloc(nouvelle, GFP_KERNEL);
	if (!nouveau)
		return -ENOMEM;

	down(&verrou);
	if (nouvelle >= asee_buf_count) {
		for (i = 0; i < asee_buf_count; i++)
			nouveau[i] = tampon[(debut + i) % asee_buf_size];
		swap(tampon, nouveau);
		debut = 0;
		asee_buf_size = nouvelle;
	} else {
		pr_err(NOM ": taille %u trop petite, %u octets presents\n", nouvelle,
		       asee_buf_count);
		ret = -EINVAL;
	}
	up(&verrou);
	kfree(nouveau);
	wake_up_interruptible_all(&file);
	return ret;
}

static ssize_t nombre_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sprintf(buf, "%u\n", asee_buf_count);
}

static ssize_t interruption_store(struct kobject *k, struct kobj_attribute *a, const char *buf,
				  size_t n)
{
	pr_debug("interruption demandee\n");
	asm("int %0" : : "i"(VECTEUR));
	return n;
}

static struct kobj_attribute attr_taille = __ATTR(asee_buf_size, 0644, taille_show, taille_store);
static struct kobj_attribute attr_nombre = __ATTR(asee_buf_count, 0444, nombre_show, NULL);
static struct kobj_attribute attr_irq = __ATTR(interruption, 0220, NULL, interruption_store);

static struct attribute *attributs[] = {
	&attr_taille.attr, &attr_nombre.attr, &attr_irq.attr, NULL,
};
static struct attribute_group groupe = { .attrs = attributs };

static int __init debut_module(void)
{
	struct device *dev;
	int ret = -ENOMEM;

	tampon = kmalloc(asee_buf_size, GFP_KERNEL);
	if (!tampon)
		return -ENOMEM;
	majeur = register_chrdev(0, NOM, &operations);
	if (majeur < 0) {
		ret = majeur;
		goto err_tampon;
	}
	classe = class_create(NOM);
	if (IS_ERR(classe)) {
		ret = PTR_ERR(classe);
		goto err_majeur;
	}
	ret = request_irq(IRQ_TP, traitement, IRQF_SHARED, NOM, &nb_irq);
	if (ret) {
		pr_err(NOM ": request_irq : %d\n", ret);
		goto err_classe;
	}
	ret = -ENOMEM;
	dossier = kobject_create_and_add(NOM, kernel_kobj);
	if (!dossier)
		goto err_irq;
	ret = sysfs_create_group(dossier, &groupe);
	if (ret)
		goto err_dossier;
	dev = device_create(classe, NULL, MKDEV(majeur, 0), NULL, NOM);
	if (IS_ERR(dev)) {
		ret = PTR_ERR(dev);
		goto err_dossier;
	}
	return 0;

err_dossier:
	kobject_put(dossier);
err_irq:
	free_irq(IRQ_TP, &nb_irq);
	tasklet_kill(&tasklet);
err_classe:
	class_destroy(classe);
err_majeur:
	unregister_chrdev(majeur, NOM);
err_tampon:
	kfree(tampon);
	return ret;
}

static void __exit fin_module(void)
{
	device_destroy(classe, MKDEV(majeur, 0));
	kobject_put(dossier);
	free_irq(IRQ_TP, &nb_irq);
	tasklet_kill(&tasklet);
	class_destroy(classe);
	unregister_chrdev(majeur, NOM);
	kfree(tampon);
}

module_init(debut_module);
module_exit(fin_module);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ASEE, TP4");

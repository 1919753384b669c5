from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("capacity", "0002_full_dates"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="utilization",
            index=models.Index(
                condition=models.Q(("full_on__isnull", False)),
                fields=["full_on", "id"],
                name="capacity_utilization_first",
            ),
        ),
    ]

"""A configuration for whole runs in tests: every part of the path is there, each as small as it still learns."""

SMALL = """
[cutoffs]
train_cutoffs = 2

[two_tower]
dim = 16
id_dim = 16
hidden = [32]
batch_size = 256
epochs = 8

[dnn_ranker]
hidden = [16]
epochs = 1

[lightgbm]
trees = 20

[lists]
length = 12
scored_length = 40
second_ranker = "dnn"

[rules]
season_min_sales = 20
channel_min_sales = 20
purchased = "exclude"
purchased_within_days = 3
one_per_product_code = true

[images]
height = 24
width = 16
channels = 16
depths = [1, 1]
heads = [2, 2]
window = 2
batch_size = 32
epochs = 12
minutes = 600
patience = 12
learning_rate = 0.003
"""
"""The training of images ends by its epochs: one that ends by the clock ends elsewhere when it was disturbed."""

"""The idea behind every piece: the first rung of its ladder of hints.

An intuition, an image or a small example, before the steps and before any code. Paragraphs are single lines, to be
wrapped by whoever prints them; lines that begin with two spaces belong to a picture and stay as they are.
"""

IDEAS: dict[str, str] = {
    "gpt.GPT.__init__": (
        "This is a parts list, not the machine at work: nothing is computed here, it is only said what there is. "
        "A token id is a row number in a table of vectors, and at the far end stands the opposite, a matrix with "
        "one row for each token of the vocabulary, which turns a vector into one score per token. Between the two "
        "the width is C everywhere, and that is why blocks can be stacked like bricks. Where the configuration "
        "wants no norm, a part that changes nothing holds its place, so that the forward pass never has to ask.\n"
        "  token ids        B x T\n"
        "  embedding        B x T x C\n"
        "  block 1          B x T x C\n"
        "  ...\n"
        "  block L          B x T x C\n"
        "  head             B x T x V"
    ),
    "blocks.Block.__init__": (
        "Picture two desks along one corridor. At the first desk, attention, tokens hear from each other; at the "
        "second, the MLP, every token works alone on what it has heard. The corridor is the residual stream, C "
        "numbers wide for each token, and each desk has a norm of its own, because what suits the one need not "
        "suit the other. One plain number is kept besides them: how loud attention is, which is 1 unless the "
        "configuration asks for less."
    ),
    "attention.CausalSelfAttention.__init__": (
        "Attention is the work of H heads side by side, and one wide matrix makes the queries of all of them at "
        "once. Keys and values may have fewer heads, G, and then several query heads share one, as below with H = "
        "4 and G = 2. So count every projection's width in heads: H for what asks and for what is carried home, G "
        "for what is asked. The scale is there because products of longer vectors come out larger: it makes heads "
        "of any size give scores of the same spread.\n"
        "  query heads      0   1   2   3\n"
        "                   |___|   |___|\n"
        "  key heads          0       1"
    ),
    "feed_forward.MLP.__init__": (
        "Think of a row of small detectors. Each row of the first matrix is one of them, and looks at the whole "
        "vector of a token for one pattern; the matching column of the second matrix is what gets written into "
        "the residual stream when it has found it. A model of width C = 64 has 256 detectors as a rule, which "
        "makes two matrices of 16384 numbers each."
    ),
    "positions.precompute_rotary_tables": (
        "Think of a clock with D/2 hands, one for each pair of numbers in a head, all of which stand at zero at "
        "position 0. The first hand is the fastest, the last one creeps, and read together they tell the time, "
        "which here is the position. With D = 4 and theta = 10000 there are two hands: one turns by 1 radian at "
        "each position, the other by 0.01, so that after 100 positions the first has been round almost 16 times "
        "and the second has moved by a single radian."
    ),
    "gpt.GPT.init_weights": (
        "Picture a new team in which nobody has a say yet. Every block listens and thinks with random weights, "
        "but its last word is multiplied by zero, so that the residual stream leaves it as it came; and the head "
        "finds all tokens equally likely, which with 27 of them means a loss of 3.3. Zeros are no dead end here: "
        "a matrix of zeros still gets a gradient as soon as something useful comes in and somebody listens behind "
        "it. A head that shares the embedding's weights must be spared, since zeros there would make all tokens "
        "the same."
    ),
    "gpt.GPT._init_weights": (
        "A linear layer adds up many products, and a sum of many random numbers is larger than each of them: 64 "
        "inputs of size one, times weights of size one, give results of about size 8. So the more inputs there "
        "are to add up, the smaller the weights must be for the result to have the size of what went in. In an "
        "embedding nothing is added up, one row is looked up and that is all, so its numbers can have the wanted "
        "size right away."
    ),
    "gpt.GPT.forward": (
        "One pass answers T questions at once: what comes after the first token, what after the first two, and so "
        "on. The answers are V scores at each position, and the loss says how much probability they left for the "
        "token that did come: all of it costs 0, half of it 0.69, one part in 27 costs 3.3. Read the two lines "
        "below from top to bottom, one column for each question; a target of -1 means that nobody asks there.\n"
        "  tokens      t  h  e  _  c\n"
        "  targets     h  e  _  c  a"
    ),
    "norms.rms_norm": (
        "A vector has a direction and a length; this keeps the direction and sets the length. The vector (3, 4) "
        "becomes (0.85, 1.13), and (300, 400) becomes the very same. Every token's vector is measured by itself, "
        "so nothing that stands beside it can make it larger or smaller."
    ),
    "blocks.Block.forward": (
        "Think of a document to which each sublayer may add a note, and which nobody may rewrite. Whoever adds a "
        "note reads a copy brought to a standard size, the norm of the stream, while the original stays as large "
        "as it is. When the MLP's turn comes, the note of attention is already part of what it reads."
    ),
    "attention.CausalSelfAttention.forward": (
        "Every head is a conversation of its own, with its own slice of the numbers, and no head hears the "
        "others; only the last projection mixes what they have found. Queries and keys decide who looks where, so "
        "they are the ones to be told their positions. Values are what is carried home, and that does not depend "
        "on the place where it was found. With nanochat's QK norm all of them have one length, so that how well a "
        "query fits a key is a matter of direction only.\n"
        "  one query     [ . . . . | . . . . | . . . . | . . . . ]\n"
        "                  head 0    head 1    head 2    head 3"
    ),
    "positions.apply_rotary": (
        "Take two numbers of a head as a point on a sheet of paper, and turn the sheet about its middle: the "
        "point moves, but stays as far from the middle as it was. A quarter turn takes (1, 0) to (0, 1). A head "
        "of 8 numbers is four such points, each turned by an angle of its own; the letters say which two numbers "
        "make a point.\n"
        "  number      0 1 2 3 4 5 6 7\n"
        "  point       a b c d a b c d"
    ),
    "backends.manual_attention": (
        "It is looking something up in a dictionary, but softly: not the one entry whose key matches, but some of "
        "every entry, more of those that match better. Scores of 2, 1 and 0 become weights of 0.67, 0.24 and "
        "0.09, and if the three values are 10, 0 and 0, what comes back is about 6.7. A hidden key has a weight "
        "of exactly zero, and the others share everything among them as if it did not exist."
    ),
    "positions.visible_keys": (
        "All that counts is how far a key lies behind a query: ahead is hidden, and too far behind is hidden too "
        "where there is a window. Below are four tokens, without a window on the left and with a window of 2 on "
        "the right. Queries and keys need not be the same tokens: one new query at position 3, with keys 0 to 3, "
        "is the last row alone.\n"
        "  key        0 1 2 3        0 1 2 3\n"
        "  query 0    x . . .        x . . .\n"
        "        1    x x . .        x x . .\n"
        "        2    x x x .        . x x .\n"
        "        3    x x x x        . . x x"
    ),
    "feed_forward.MLP.forward": (
        "Here every token is alone: the same small program runs on each of them, and none hears of another. On "
        "the way up, each of the F detectors says how strongly its pattern is there; the activation decides how "
        "much of that counts; on the way down, those that count write into the stream. Swap two tokens, and their "
        "results swap places and do not change (dropout aside)."
    ),
    "norms.soft_cap": (
        "It is a spring, not a wall: the farther a number is pushed, the harder it gets to push on. With a cap of "
        "15, a 1 stays 0.999, a 15 becomes 11.4, and a 100 ends a hair below 15. The order of numbers does not "
        "change, and negative ones are held back in the same way."
    ),
    "optimizers.setup_optimizers": (
        "This is sorting: every weight of the model goes into exactly one of four boxes, and each box has its own "
        "rate of learning. The rates of the three AdamW boxes are meant for a model of 768 channels, and a wider "
        "model takes smaller steps there, half as large at 3072. A weight that is both embedding and head must "
        "not land in two boxes, or it would be moved twice.\n"
        "  the head                               AdamW\n"
        "  the token embedding                    AdamW\n"
        "  the rest (norms, biases, positions)    AdamW\n"
        "  matrices inside the blocks             Muon"
    ),
    "gpt.GPT.get_device": (
        "All weights of a model live in the memory of one processor, so any one of them can tell the address, as "
        "any tenant can tell that of the house. Asking a weight is safer than remembering what was said when the "
        "model was made, because a model can be moved later."
    ),
    "flops.estimate_flops": (
        "Nothing is timed here, it is counted. A token meets a weight of a linear layer three times, once on the "
        "way forward and twice on the way back (for the gradient to the weight and for the one to what went in), "
        "and each time there is a multiplication and an addition: a million weights make six million operations "
        "for a token. What no weight shows is attention itself, where tokens are multiplied with tokens, and that "
        "part grows with the length of the text."
    ),
    "generation.generate": (
        "Writing is reading over and over: what has been drawn is text like any other when the model looks again. "
        "Below, the token on the right of each line is drawn from what the model says after reading the left. If "
        'the model had positions for three tokens only, it would see "cat sat on" in the last line, and still go '
        "on.\n"
        "  the cat               sat\n"
        "  the cat sat           on\n"
        "  the cat sat on        the"
    ),
    "generation.next_token_distribution": (
        "Temperature is a dial between taking the best token and throwing fair dice: it stretches or squeezes the "
        "distances between the logits. The table shows three tokens with logits 2, 1 and 0. A top_k of 2 would "
        "rule out the last one, and the first two would share its part.\n"
        "  temperature       0      0.5     1      2\n"
        "  token a          1.00   0.87   0.67   0.51\n"
        "  token b          0.00   0.12   0.24   0.31\n"
        "  token c          0.00   0.02   0.09   0.19"
    ),
    "norms.LayerNorm.forward": (
        "The norm makes all vectors alike in level and spread; the weight and the bias are a volume knob and a "
        "zero adjustment for each channel, turned by training. A channel at 0.5 with weight 2 and bias 1 comes "
        "out as 2. The knobs belong to the channel and not to the token: they are the same wherever in the text "
        "it stands, and at first they change nothing."
    ),
    "norms.LayerNormNoBias.forward": (
        "The same as layer norm with its volume knobs, but the zero adjustment is missing. With weights 1 and 3, "
        "the normed vector (-1, 1) becomes (-1, 3), and a channel at zero stays at zero whatever its weight. What "
        "this norm cannot do is add the same fixed vector to every token."
    ),
    "norms.layer_norm": (
        "What counts is how far a number lies above or below the others of its vector, measured in their spread, "
        "as with a child's height among children of the same age. The vectors (1, 3), (101, 103) and (10, 30) all "
        "become (-1, 1). RMS norm would tell the first from the second, since it looks at the distance from zero; "
        "here only the differences inside the vector are left."
    ),
    "norms.LayerNormNoParam.forward": (
        "Here there are no knobs at all: the vector is brought to a common level and spread, and that is the end "
        "of it. Little is lost, since a linear layer comes next as a rule and multiplies every channel anyway: a "
        "weight of 3 on a channel is the same as weights three times as large for that channel in the layer "
        "behind."
    ),
    "norms.RMSNorm.forward": (
        "First all vectors have one length, then every channel is stretched by a factor of its own, the same for "
        "all tokens. Take (3, 4), which the norm makes (0.85, 1.13): with weights of 2 and 0 it becomes (1.70, "
        "0), one channel loud and the other switched off. No mean is taken off and no bias is added, so this can "
        "stretch and turn round a channel, but never shift it."
    ),
    "norms.RMSNormPlusOne.forward": (
        "The learned number says how far the factor is from one: 0.1 means ten parts in a hundred louder, -1 "
        "means off, and 0 means that the norm is left as it is. It is the same family of functions as with an "
        "ordinary weight, but counted from another zero. The precision is asked for because in bfloat16 the next "
        "number above 1 is about 1.008: a factor of 1.003 would be lost on the way."
    ),
    "norms.DyT.forward": (
        "A norm measures the whole vector first; this measures nothing, and sends every number by itself through "
        "the same S-shaped curve. With alpha at 0.5, and before weight and bias, 0.2 becomes 0.1 and 10 becomes "
        "0.9999. If one number of a vector is huge, a norm makes all the others small so that it fits; here the "
        "huge one is squeezed, and the others do not notice."
    ),
    "blocks.PostNormBlock.forward": (
        "In the pre-norm block the sublayers read a normed copy and the original grows; here there is no copy, "
        "and the original itself is brought back to size each time something was added. That makes old notes "
        "fade: where an addition is as large as the stream and has nothing to do with it, the norm leaves 0.7 of "
        "what was there before, and after ten additions only 0.03 of it.\n"
        "  x ---+-----------------(+)--- N --->\n"
        "       |                  |\n"
        "       +---- sublayer ----+"
    ),
    "blocks.NoNormBlock.forward": (
        "Take both norms out of the block and leave the sums: that is all. Now each sublayer reads the stream at "
        "whatever size it has, and nobody corrects it: if every addition is as large as what is there and "
        "independent of it, the stream is a thousand times larger after 20 of them. Whether it grows, and how "
        "fast, is up to the weights alone.\n"
        "  x ---+-----------------(+)--->\n"
        "       |                  |\n"
        "       +---- sublayer ----+"
    ),
    "blocks.SandwichNormBlock.forward": (
        "A sublayer between two norms is like a speaker who gets the text in standard print and talks into a "
        "microphone with a limiter. If the weights of its last projection become ten times as large, it still "
        "adds no more than before. The stream itself is never normed: what is added to it is.\n"
        "  x ---+---------------------------(+)--->\n"
        "       |                            |\n"
        "       +--- N --- sublayer --- N ---+"
    ),
    "blocks.OutputNormBlock.forward": (
        "Of the two norms of the sandwich only the outer one is left. The sublayer reads the stream at the size "
        "that it has, but what it adds always comes in the same size, so that the growth of the stream can be "
        "foretold: sixteen independent additions of size one make about four.\n"
        "  x ---+---------------------------(+)--->\n"
        "       |                            |\n"
        "       +--------- sublayer --- N ---+"
    ),
    "blocks.ParallelBlock.forward": (
        "Two people get the same memo in the same moment and both hand in their notes; neither has seen the "
        "other's. In an ordinary block the MLP reads what attention has added a moment ago; here it will only see "
        "that in the next block. One normed copy is enough, since both read the same.\n"
        "  x ---+---------------------(+)--->\n"
        "       |                      |\n"
        "       +--- N ---+--- attn ---+\n"
        "                 |            |\n"
        "                 +--- mlp ----+"
    ),
    "blocks.ParallelTwoNormsBlock.forward": (
        "Again two people read the same memo at once, but each through glasses of their own. With a norm that has "
        "nothing to learn the two copies would be equal, and so would this block and the one with a shared norm. "
        "The difference lies in the weights of the norms: each sublayer has its own channels made louder or "
        "softer.\n"
        "  x ---+----------------------(+)--->\n"
        "       |                       |\n"
        "       +--- N1 --- attn -------+\n"
        "       |                       |\n"
        "       +--- N2 --- mlp --------+"
    ),
    "blocks.DeepNormBlock.__init__": (
        "Think of a vote in which the stream has alpha votes and each sublayer has one. The deeper the model, the "
        "more sublayers will vote, and the more the past must count so that no single one can turn the result. "
        "Alpha grows slowly: it is 2 for 8 layers and 4 for 128."
    ),
    "initialization.init_deepnorm": (
        "There are two sorts of weights in a block: those that decide where to look, queries and keys, and those "
        "that decide how much is said. Only the second sort is drawn smaller: by a half in a model of 2 layers, "
        "by three quarters in one of 32. The rest is Xavier's middle way, which takes a matrix's inputs and "
        "outputs into account together, because signals pass it in one direction and gradients in the other."
    ),
    "blocks.DeepNormBlock.forward": (
        "It is post-norm with a weighted vote: in the sum that is brought back to size, the stream counts alpha "
        "times. With alpha at 2, and an addition as large as the stream and independent of it, the norm leaves "
        "0.89 of what was there before, where plain post-norm leaves 0.71. So old notes still fade, but much more "
        "slowly."
    ),
    "initialization.init_gpt2": (
        "Almost everything gets the same small spread, whatever its shape. The exception is what writes into the "
        "residual stream: sixteen independent voices together are four times as loud as one, so in a model of 8 "
        "layers, which has sixteen such voices, each is drawn four times as soft. The stream then ends about as "
        "loud as if one of them had spoken at full volume."
    ),
    "attention.FullWidthNorm.forward": (
        "It is a group photo instead of single portraits. Take two heads of two numbers each, the second head ten "
        "times as faint as the first, and a norm without weights: head by head, both come out equally loud; "
        "together, the faint one stays faint. Only the size of the whole row is fixed.\n"
        "  before           3.00  4.00 | 0.30  0.40\n"
        "  head by head     0.85  1.13 | 0.85  1.13\n"
        "  all together     1.19  1.59 | 0.12  0.16"
    ),
    "positions.LearnedPositions.embed": (
        "Think of numbered seats, each with a card on it, and whoever sits down has the card's numbers added to "
        'their own. The word "cat" in seat 2 and the same word in seat 5 are then two different vectors, and '
        "attention can tell them apart. What is on the cards is learned; nothing says beforehand that seat 5 is "
        "next to seat 6."
    ),
    "positions.sinusoidal_table": (
        "These are the hands of a clock again, some fast and some slow, but now each hand is written down as two "
        "numbers, how far it points to the side and how far it points up. That way a hand that has gone full "
        "circle looks as it did at the start, without a jump. Below are the first three rows for a width of 4: "
        "two hands, one fast and one slow.\n"
        "  position 0      0.00   1.00   0.00   1.00\n"
        "  position 1      0.84   0.54   0.01   1.00\n"
        "  position 2      0.91  -0.42   0.02   1.00"
    ),
    "positions.SinusoidalPositions.embed": (
        "The same seats with cards as for learned positions, but these cards are printed beforehand and no "
        "training changes them. In return they are in order from the first day: the cards of adjacent seats look "
        "much alike, those of distant seats less so. The token must not come out in a wider number format because "
        "of the card that was added."
    ),
    "positions.alibi_slopes": (
        "Every head is given glasses, from very near-sighted to far-sighted. With 8 heads, a key ten tokens back "
        "loses 5 points of score in the first head and 0.04 in the last. Where the number of heads is no power of "
        "two, the gaps of a coarser series are filled from a finer one: six heads get 1/4, 1/16, 1/64, 1/256, and "
        "then 1/2 and 1/8."
    ),
    "positions.ALiBi.bias": (
        "It is a travel cost: a key far away has to fit better than a near one to get the same attention. Here is "
        "the bias of a head with slope 1/2; the points are keys of the future, which are hidden elsewhere, so "
        "that it does not matter what stands there. Only the distance counts: along every diagonal the numbers "
        "are the same.\n"
        "  key         0      1      2      3\n"
        "  query 0     0      .      .      .\n"
        "        1   -0.5     0      .      .\n"
        "        2   -1.0   -0.5     0      .\n"
        "        3   -1.5   -1.0   -0.5     0"
    ),
    "positions.apply_rotary_interleaved": (
        "The turn is the same as before: points on a sheet of paper, each by its own angle. What differs is who "
        "makes a point with whom, as the letters show. The numbers come back in the places where they stood, so a "
        "result that is turned correctly, but has the first numbers of all points in front, is still wrong.\n"
        "  number                0 1 2 3 4 5 6 7\n"
        "  side by side          a a b b c c d d\n"
        "  half and half         a b c d a b c d"
    ),
    "positions.linear_scaling": (
        "It is a map at a smaller scale. With a factor of 4, position 8000 gets the angles that position 2000 had "
        "in training, so up to four times the old length the model meets no angle beyond those that it knows. "
        "Every hand of the clock is slowed down by the same factor, the fast ones too, and adjacent positions are "
        "then only a quarter as far apart in angle."
    ),
    "positions.ntk_scaling": (
        "The fast hands of the clock went round many times in training, so they show nothing new in a longer "
        "text; only the slow hands come to angles never seen. So the brake is not the same for all: three pairs "
        "and a growth of 4 give stretches of 1, 1/2 and 1/4. If the sequences have the length of those in "
        "training, the growth is 1, and nothing is slowed down."
    ),
    "positions.yarn_scaling": (
        "Each hand of the clock is judged by how often it went round in the original length. Over 2048 positions "
        "the fastest goes round some 326 times, has shown every angle, and is left alone; one that made a third "
        "of a turn would come to unknown angles in a text four times as long, and is slowed down by the full "
        "factor; those between get a mixture. The magnitude is another matter: in a longer text more keys share "
        "the attention, and tables larger by 14% (for a factor of 4) make it sharp again.\n"
        "  kept      1   --------.\n"
        "                          `.\n"
        "  squeezed  0               `--------\n"
        "                fast pairs   slow pairs"
    ),
    "feed_forward.relu": (
        "It is a door that opens in one direction: (-2, -0.1, 0.5, 3) becomes (0, 0, 0.5, 3). Each detector is "
        "silent on one side of its threshold and a straight ramp on the other; many ramps with kinks in different "
        "places, added up, can follow any curve closely.\n"
        "           /\n"
        "          /\n"
        "  _______/\n"
        "         0"
    ),
    "feed_forward.leaky_relu": (
        "The door never quite shuts: 3 stays 3, and -100 becomes -1. Where ReLU answers 0 to both -2 and -100, "
        "this one answers -0.02 and -1, so that the layer behind can still tell them apart, if only faintly."
    ),
    "feed_forward.gelu": (
        "The door opens by degrees. Put x into a crowd of normally distributed numbers: the larger the share of "
        "the crowd that it exceeds, the more of it passes. So 1 becomes 0.84, 3 stays almost 3, -3 becomes almost "
        "0, and in between the curve dips a little below zero: -1 becomes -0.16."
    ),
    "feed_forward.gelu_tanh": (
        "It is the curve of GELU drawn with another ruler: 1 becomes 0.8412 here and 0.8413 there. No eye sees "
        "that in a plot. But it is another function, and what counts here is to hit that one, with its odd "
        "constants, and not the curve that it imitates."
    ),
    "feed_forward.silu": (
        "Every number is its own dimmer: the logistic curve turns it into a share between 0 and 1, and that share "
        "of it passes. So 5 becomes 4.97, 1 becomes 0.73 and -1 becomes -0.27. It looks like GELU, but turns from "
        "shut to open more slowly, and dips deeper below zero, to -0.28 where GELU reaches -0.17."
    ),
    "feed_forward.GatedMLP.__init__": (
        "Every hidden number now has two detectors: one works out what could be said, the other how far to open "
        "the door for it. A third matrix would cost half as much again, so the hidden width shrinks until the "
        "bill is about the same. For C = 64 that is 170.7, rounded up to 176 (a multiple of 8): 33792 weights in "
        "all, where the ordinary MLP has 32768."
    ),
    "feed_forward.GatedMLP.forward": (
        "Think of a mixing desk: one projection delivers the signals, the other sets the sliders, channel by "
        "channel, and both do so anew for every token. Signals of 3, -2 and 5 with sliders at 0, 1 and 0.5 give "
        "0, -2 and 2.5. A slider is what the activation has made of a number, and with SiLU it may also stand "
        "above 1 or a little below 0."
    ),
    "feed_forward.MoE.__init__": (
        "Picture a practice with E doctors and one receptionist. The receptionist is a tiny matrix, one row of C "
        "numbers for each doctor; the doctors are complete gated MLPs, all of the same shape, that share no "
        "weights. With 8 doctors of whom a patient sees 2, only a quarter of their weights is at work for any "
        "token."
    ),
    "feed_forward.MoE.forward": (
        "Think of sorting mail: which text a token belongs to, and where it stands in it, plays no part, only "
        'which experts it goes to. Here expert 3 gets "the" and "cat" as one small batch, and what it answers '
        "goes back to the places of these two tokens, times 0.3 and 0.4. The weights of a token sum to one, since "
        "the experts that it does not visit have no say; and it may happen that an expert gets no mail at all.\n"
        "  token     experts      weights\n"
        "  the       1 and 3      0.7 and 0.3\n"
        "  cat       0 and 3      0.6 and 0.4\n"
        "  sat       1 and 2      0.5 and 0.5"
    ),
    "feed_forward.load_balance_loss": (
        "It is a number that is small when the work is spread evenly. With four experts, of which each token "
        "visits one, an even spread gives 1; if all tokens go to a single expert, and the router is quite sure of "
        "it, the result is 4. Whether an expert was chosen is yes or no and has no slope, so the pull comes "
        "through the router's probabilities: those of the busy experts are pressed down hardest."
    ),
    "backends.sdpa_attention": (
        "The engine is a closed box that gives the numbers of manual attention; your work is the order form. "
        'There are two ways to say who sees whom, a short one, "causal", and a mask written out in full, and the '
        "short one takes the first query and the first key to be the same token. Below, three tokens are in a "
        "cache and one is new: what should be seen, and what the short form would show. The box has one place for "
        "both mask and bias, so a hidden key is one with a bias of minus infinity.\n"
        "  key           0 1 2 3\n"
        "  wanted        x x x x\n"
        "  short form    x . . ."
    ),
    "backends.softmax_with_sinks": (
        "Think of an empty chair at the table that always gets its share. Two keys with scores of 0, and a sink "
        "of 0: each gets 1/3, and the chair the rest. Two keys with scores of -5: each gets 0.007, and nearly "
        "everything goes to the chair, where an ordinary softmax would still give each of them a half."
    ),
    "attention.DifferentialAttention.__init__": (
        "What is new here is one number for the layer, the share: how much of the second finding is taken off the "
        "first. It is not learned as such but made from four small vectors: what the first two give is added, "
        "what the other two give is taken off. All start near zero, where the two cancel almost entirely, so the "
        "share begins near its base, which is 0.2 in the first layer and comes close to 0.8 in deep ones."
    ),
    "attention.DifferentialAttention.attend": (
        "Suppose that one head gives three keys weights of 0.6, 0.2 and 0.2, and its partner 0.2, 0.4 and 0.4: "
        "with a share of 0.5 the difference is 0.5, 0 and 0, and only the key that matters is left. Partners are "
        "half the heads apart, as the picture shows for H = 4. There are half as many results, but each is twice "
        "as wide, since a head reads the values of two heads side by side.\n"
        "  what is found by head      0   1\n"
        "  less a share of head       2   3"
    ),
    "flash.tiled_forward": (
        "Cut the square of all scores into tiles, and look at one tile at a time: what is needed in the end is "
        "the weighted mean, not the square. Here are 4 by 4 tiles of an attention without a window: in those "
        "marked x every key is visible, in those marked o only some are, and the points lie in the future and are "
        "never computed. A row of queries carries its running result along from tile to tile, and remembers at "
        "the end how large its sum of weights was.\n"
        "  key tiles          0 1 2 3\n"
        "  query tiles  0     o . . .\n"
        "               1     x o . .\n"
        "               2     x x o .\n"
        "               3     x x x o"
    ),
    "flash.merge_tile": (
        "You can tell the average of a queue while people are still arriving, if you keep a sum and a count. A "
        "softmax needs one thing more, because its exponentials are measured against the greatest score so far, "
        "and a greater one may come. Say a score of 1 has been seen, with a total of 1; then comes a 3. Measured "
        "against 3 the old one counts only 0.135, so the total is 1.135, and that is what all scores together "
        "would have given."
    ),
    "flash.tiled_backward": (
        "The weights of one query sum to one, so a key can only win what others lose: it is pulled up where its "
        "value is more useful than the mean that was found, and down where it is less. With two keys of weight "
        "0.5 whose values would be worth 3 and 1, the mean is 2, and their scores get gradients of 0.5 and -0.5. "
        "Every tile has something to give to its queries, its keys and its values, and a key collects from the "
        "queries of all tiles that it was seen in."
    ),
    "latent.MultiHeadLatentAttention.__init__": (
        "Instead of every dish, keep the recipe: a short vector for each token, from which every head can make "
        "its key and its value when they are needed. Only a small part of the key, the one that is turned by the "
        "position, cannot be made that way, and is kept beside it, once for all heads. With 16 heads of 64 "
        "numbers, a latent of 256 and a rotary key of 32, a token takes 288 numbers in the cache instead of 2048.\n"
        "                         +--- keys of all heads\n"
        "  x --- latent (kept) ---+\n"
        "                         +--- values of all heads\n"
        "  x --- rotary key (kept) --- part of the keys of all heads"
    ),
    "latent.MultiHeadLatentAttention.forward": (
        "A query and a key each have two parts, one that tells what and one that tells where, and their score is "
        "the fit of the first parts plus the fit of the second. Content passes through the latent and is never "
        'turned; place has a few numbers of its own, and only these are turned. The key\'s "where" is the same for '
        "all heads, while every query head has one of its own. This function prepares the parts and has them "
        "remembered; how to attend is left to one of two methods, which give the same numbers where both will do.\n"
        "  query of a head     [ content, D numbers | rotary, R numbers ]\n"
        "  key of a head       [ content, D numbers | rotary, R numbers ]"
    ),
    "latent.MultiHeadLatentAttention.naive": (
        "Unpack the archive, and it is the attention that you know: each head has its own keys and values, and "
        "the backend cannot tell where they came from. With 16 heads and 1000 tokens, 1000 latents become 16000 "
        "keys and 16000 values. The rotary part is the exception: there is one for each token, and all 16 heads "
        "get the same copy beside their own content."
    ),
    "generation.stream": (
        "It writes what generate writes, but remembers what it has read. With a prompt of 100 tokens and 50 to "
        "write, generate reads 6225 tokens in all, and this reads 149: the prompt, and every new token once, but "
        "for the last, after which nobody asks. Texts end at different times; one that has ended rides along in "
        "the batch and shows -1 from then on."
    ),
    "generation.read": (
        "A batch is a rectangle and texts are not, so the short ones are filled up (the points). The filling "
        "stands behind each text, in its future, where none of its tokens looks; afterwards it only has to count "
        "as never read. The answers wanted are those after e, g and j, a different column in each row.\n"
        "  text 0      a b c d e\n"
        "  text 1      f g . . .\n"
        "  text 2      h i j . ."
    ),
    "cache.KVCache.advance": (
        "Every sequence has a bookmark, the number of tokens that it has read. If two bookmarks are at 5 and 2, "
        "three new tokens of each stand at 5, 6, 7 and at 2, 3, 4, and the bookmarks move on to 8 and 5. If there "
        "is no room for them, an error says so, and no bookmark has moved."
    ),
    "cache.ContiguousCache.update": (
        "Think of a row of lockers, numbered by position, for every text. Below, k is what has been read, the new "
        "token's locker is marked n, and o is left over from tokens that were taken back: nobody looks there, "
        "because these lockers lie behind the end of the text. What is handed out is the same stretch for both "
        "texts, here lockers 0 to 5, and the positions that go with it let attention hide the leftovers.\n"
        "  locker     0 1 2 3 4 5 6 7\n"
        "  text 0     k k k k k n . .\n"
        "  text 1     k k n o o . . ."
    ),
    "cache.KVCache.rewind": (
        "Move the bookmark back and leave the pages as they are. After 10 tokens, going back to 7 leaves three "
        "entries where they were, but the next token stands at position 7 and is written over the first of them. "
        "A layer with a window is less patient: it writes new tokens over old pages, so it can only go back as "
        "far as it has spare ones, counted from the farthest point ever reached."
    ),
    "generation.keep_nucleus": (
        "Fill a bag with the likeliest tokens until it is heavy enough. With probabilities of 0.5, 0.3, 0.15 and "
        "0.05 and a top_p of 0.7, the first alone is too light, the first two weigh 0.8, and they stay, as 0.625 "
        "and 0.375. If one token had 0.95, it would be alone in the bag; if a hundred had 0.01 each, about "
        "seventy of them would be in it."
    ),
    "cache.RollingCache.update": (
        "It is a ring of slots in which a new token takes the place of the oldest. The slots are out of order "
        "after a while, and that does no harm, since each one remembers the position of what it holds. When "
        "several tokens arrive at once, the first of them may still need what the last will push out, so what is "
        "handed out reaches farther back than what is kept.\n"
        "  slot               0   1   2   3\n"
        "  after token 3      0   1   2   3\n"
        "  after token 4      4   1   2   3\n"
        "  after token 5      4   5   2   3"
    ),
    "generation.keep_likely": (
        "Every token is compared with the best one and with nothing else, as when all who finish within a certain "
        "time of the winner are counted. With a min_p of 0.1, probabilities of 0.9, 0.08 and 0.02 leave only the "
        "first, since the bar is at 0.09; but of 0.3, 0.25, 0.2, 0.15 and 0.1 all five stay, since the bar is at "
        "0.03. Unlike with top-p, how much those before it have together plays no part."
    ),
    "generation.speculate": (
        "A junior writes ahead and a senior reads it through in one go. That works because a transformer that "
        "reads five tokens says for each of these places what it would have put next, so a single pass checks the "
        "whole draft and yields one token more. In the picture one pass of the large model brings four tokens; "
        'whoever has read "bed" must then forget it.\n'
        "  the draft says       sat    on     the    bed\n"
        "  the model keeps      yes    yes    yes    no\n"
        "  the text grows       sat    on     the    mat"
    ),
    "generation.accept_draft": (
        "Say the draft gives token a 0.8 and token b 0.2, and the model would give them 0.4 and 0.6. The draft "
        "offers a twice as often as it should, so every other a is turned down: a is left with 0.4, and b, which "
        "comes in place of every a turned down, rises from 0.2 to 0.6. Those are the model's own numbers: what is "
        "offered too often is thinned out, and what is offered too seldom takes the free places."
    ),
    "latent.MultiHeadLatentAttention.absorbed": (
        "You have one question in English, and a library of a thousand books in Latin. Translate the question and "
        "not the books, search in Latin, and translate only what was found: that is what happens here, with "
        "latents for the books and with each head's own dictionary. It gives the same numbers because the "
        "translation is linear: the mean of translated books is the translation of their mean."
    ),
}

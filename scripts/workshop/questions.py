"""Questions to think about while the pieces come up: for each an answer to compare with, and a command to see it.

Numbered from 1, in the order of the tracks. The first twelve are those of STATUS.md. Losses that an answer quotes were
measured with the tiny model on a CPU; other machines and versions of torch differ in the last digits.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    track: str  # the name of the track whose pieces it is about
    text: str
    answer: str  # to compare one's own with
    tryout: str  # a command that shows it


QUESTIONS: tuple[Question, ...] = (
    Question(
        "nanochat",
        "Why do the embedding and the head have weights of their own?",
        "They do different jobs: a row of the embedding is what a token brings into the residual stream, a row of the "
        "head is what the final vector is compared with to score that token as the next one. Apart, they can start "
        "differently and learn at different rates: nanochat draws the embedding with spread 1, sets the head to zero, "
        "and gives the embedding fifty times the head's rate. Tied, the model here starts with a loss of 4.90 instead "
        "of ln(27) = 3.30, because at first a token's final vector is still its own embedding, which fits itself "
        "best: the model bets that every token comes twice. The price is a second table of V * C numbers: 84 million "
        "of 561 in nanochat's d20. In a small model with a large vocabulary that is too much, so GPT-2 (124 million, "
        "39 of them in its one table) ties. Both choices are in use, and neither is wrong.",
        "python -m scripts.train --weight_tying true",
    ),
    Question(
        "nanochat",
        "What is gained when several query heads share one key/value head?",
        "A smaller KV cache. It holds 2 * G * D numbers for each token and layer, so a quarter of the key/value heads "
        "needs a quarter of the memory: in the tiny model, 768 bytes for a token become 192. When a model writes long "
        "texts, every new token has to read the whole cache, and the reading takes more time than the arithmetic. The "
        "projections of keys and values get smaller too. What is given up is variety: query heads of a group can "
        "still ask different questions, but they search the same keys and take from the same values. In large models "
        "the loss of quality is small with a few groups and larger with one; on names, a single key/value head "
        "changed the loss by less than 0.005.",
        "python -m scripts.train --n_kv_head 1",
    ),
    Question(
        "nanochat",
        "Why the square of a ReLU, and not a plain ReLU or a GELU?",
        "Nobody has derived it: Primer found it in 2021 by an automatic search, where it did somewhat better for the "
        "same compute. What can be said is how it differs. Its slope, 2x, starts at zero, where that of a ReLU jumps "
        "from 0 to 1; it makes strong detectors stronger, 2 becomes 4 and 3 becomes 9; it is x times relu(x), so a "
        "hidden number is its own gate; unlike GELU it gives exact zeros; and it needs neither erf nor tanh. In the "
        "tiny model, with three seeds each, it ended at 2.187 to 2.190, GELU at 2.194 to 2.197 and ReLU at 2.195 to "
        "2.201: the same order every time, and a difference of less than half a per cent.",
        "python -m scripts.train --activation relu",
    ),
    Question(
        "nanochat",
        "What does the norm on queries and keys prevent?",
        "Scores that grow without bound. A score is the product of a query and a key, and nothing else in the model "
        "limits how long their projections make those; if they grow, softmax puts all the weight on one key, its "
        "gradient vanishes, and large models without the norm have been seen to diverge in this way (ViT-22B, 2023). "
        "Normed without weights, queries and keys have the length sqrt(D), so that a score, after the factor "
        "1/sqrt(D), lies between -sqrt(D) and sqrt(D): 4 at most where D is 16, 11.3 where D is 128. The price is "
        "that a head cannot get sharper than that; models whose QK norm has weights can learn to. It is an insurance "
        "for large models and high learning rates: the tiny model does about 0.01 better without it.",
        "python -m scripts.train --qk_norm off",
    ),
    Question(
        "nanochat",
        "Why are the rotary tables buffers, and not parameters?",
        "There is nothing to learn in them: they follow from position, base and head size. As parameters they would "
        "get gradients and be handed to an optimizer. After one step cos^2 + sin^2 would no longer be 1, so the pairs "
        "would be stretched as well as turned, and a score would no longer depend on the distance alone. As plain "
        "attributes they would stay behind when the model moves to a GPU; a buffer moves with it. They are not "
        "persistent, that is, not saved, because they can be computed again at any time, and a checkpoint can then be "
        "loaded into a model with tables of another length.",
        "python -m scripts.describe nanochat_tiny",
    ),
    Question(
        "nanochat",
        "How do several small batches, accumulated, make one large batch?",
        "The loss is a mean over tokens, and the gradient of a mean is the mean of the gradients. `backward` adds to "
        "what is in `.grad`, so four passes of 128 tokens, with each loss divided by four, leave the same gradient "
        "there as one pass of 512; only then the optimizers step, once, and the gradients are cleared. Only one small "
        "batch is ever in memory. It is exact, up to rounding, because no layer of nanochat looks across the "
        "sequences of a batch, and as long as each small batch has as many tokens that count. If you forget the "
        "division, the gradient is four times too large: AdamW and Muon hardly notice, since both take out the size "
        "of the gradient, but the loss that is reported comes out four times too large.",
        "python -m scripts.train --batch_size 4 --total_batch_size 512",
    ),
    Question(
        "nanochat",
        "Why is there a norm after the embedding?",
        "So that every token enters the residual stream at the same size, whatever has become of its row. At first "
        "the norm changes little, because rows drawn with spread 1 have a root mean square near 1. But the embedding "
        "learns fast (a rate of 0.69 in the tiny model), and after 60 steps its rows have a root mean square of about "
        "4.3. Without the norm the stream would start at that size, and what the blocks add would count for about a "
        "quarter as much beside it; with it, only the direction of a row matters. In the tiny model, leaving it out "
        "costs about 0.03 nats. Most other models have a slower embedding and no such norm.",
        "python -m scripts.train --embedding_norm false",
    ),
    Question(
        "nanochat",
        "What does the soft cap on the logits prevent?",
        "Logits that run away. With 15 * tanh(l / 15) all logits lie between -15 and 15, so no token can be more than "
        "e^30 times as likely as another, and no single token can cost more than 30 + ln(V) nats, however sure and "
        "wrong the model is. Near zero nothing happens: 1 becomes 0.9985, while 30 becomes 14.46. It is smooth where "
        "a hard limit would be flat: at a logit of 15 the slope is still 0.42, so the gradient can bring it back. It "
        "is computed in float32, and so is the loss after it. In the tiny model the loss is the same without the cap, "
        "to within 0.001.",
        "python -m scripts.train --logit_softcap none",
    ),
    Question(
        "nanochat",
        "Why does the embedding get another optimizer than the matrices?",
        "Muon treats a matrix as a map from vectors to vectors: it makes the update nearly orthogonal, so that all "
        "directions get a step of the same size. An embedding is no such map but a table. One row is looked up for "
        "each token, and only the rows of tokens that occur in the batch have a gradient; making the whole table's "
        "update orthogonal would mix the gradients of unrelated tokens and enlarge what rare tokens got by chance. "
        "AdamW gives every number a step size from its own history, which suits rows that are seen seldom. For the "
        "head, which is multiplied like any other matrix, the reason is experience more than theory: AdamW has worked "
        "better there.",
        "python -m scripts.workshop.mistakes setup_optimizers",
    ),
    Question(
        "nanochat",
        "Why do the learning rates of embedding and head scale with the width to the power of -1/2?",
        "A step of Adam moves every number by about the learning rate, however small its gradient. A row of C numbers "
        "then moves by about lr * sqrt(C), so with lr proportional to C^(-1/2) a row takes a step of the same length "
        "at every width, and rates that were tuned at 768 can be kept elsewhere. At 64 the factor is 3.46, so the "
        "embedding learns at 0.69 and the head at 0.014; at 1280 it is 0.77. It is a rule of thumb and no law: the "
        "theory of maximal updates (muP) arrives at other powers for Adam, 0 for an embedding and -1 for a head. "
        "Muon's rate needs no such factor, because its steps have a size that fits at any width.",
        "python -m scripts.train --n_embd 128 --max_iters 100",
    ),
    Question(
        "nanochat",
        "What is gained by linear layers without a bias?",
        "Less to keep, to load and to tune; nearly all that the model can do stays possible. A bias on the keys, for "
        "one, adds the same q . b to all scores of a query (without rotary positions and QK norm), and softmax "
        "cancels it. The number of weights saved is small: 1,728 beside 150,912 in the tiny model. PaLM reported that "
        "training large models was more stable without, and most models since have none, with exceptions such as the "
        "queries, keys and values of Qwen 2. Do not expect a better loss: the tiny model does about 0.01 better with "
        "biases. Here there is a practical gain too: what is left in the blocks are matrices, and all of them can go "
        "to Muon.",
        "python -m scripts.train --bias true",
    ),
    Question(
        "nanochat",
        "What can be kept in bfloat16, and what should stay in float32?",
        "Bfloat16 has the range of float32 but only 8 significant bits, two to three decimal digits: 1 + 0.003 is 1, "
        "and 257 becomes 256. That is enough for the inputs and results of matrix products, whose sums the hardware "
        "keeps in float32, for cached keys and values, and for Muon's orthogonalisation. Float32 is for what adds up "
        "many numbers or small changes: the mean square of a norm, softmax and loss, and weights to which small steps "
        "are added, since a step of 0.003 on a weight of 1 would be lost every time. The angles of rotary positions "
        "belong there too: position 1001 would become 1000, and the fastest pair would be a radian off.",
        "python -m scripts.workshop.mistakes rms_norm",
    ),
    Question(
        "norms",
        "Why does eps stand inside the root?",
        "It has to keep a vector of zeros from dividing by zero, and its place decides how small vectors are treated. "
        "Without it, zeros give 0 * infinity, which is not a number. Outside the root, x / (sqrt(mean) + eps), the "
        "result for zeros is fine but the gradient is not a number, because the slope of a root at zero is infinite. "
        "Inside, vectors shrink smoothly: with eps = 1e-6, ordinary ones are not touched, one whose root mean square "
        "is 0.001 comes out at 0.71, and the slope at zero is 1/sqrt(eps) = 1000. Outside, that vector would come out "
        "at 0.999, so the two agree on ordinary inputs and differ on small ones. Public models were trained with eps "
        "inside; with another place or size their numbers change.",
        "python -m scripts.workshop.mistakes rms_norm",
    ),
    Question(
        "norms",
        "What does RMS norm leave out of layer norm, and why does that hardly matter?",
        "The subtraction of the mean. Layer norm makes (-1, 1) of (1, 3), and of (11, 13) too: it is blind to what "
        "all numbers have in common. RMS norm makes (0.45, 1.34) of the first and (0.91, 1.08) of the second. Both "
        "are blind to a common factor, and that is the part that keeps the activations in hand. The mean is one "
        "direction out of C, and weights that read the vector can learn to ignore it. That it hardly matters is a "
        "finding, not a proof: the paper of 2019 reports comparable quality in 7 to 64 per cent less time, and the "
        "tiny model ends at 2.19 with either.",
        "python -m scripts.train --normalization layernorm",
    ),
    Question(
        "norms",
        "Why does Gemma multiply by 1 + w, and not by w?",
        "Its weights start at zero, where others start at one, so at first the norm is the same. Weight decay makes "
        "the difference: it pulls w towards zero, and so the factor 1 + w towards one, which means no change, where a "
        "plain factor would be pulled towards zero, which silences the channel. Without weight decay, as here, the "
        "two train alike: after 60 steps both have a loss of 2.318. There is a trap in bfloat16, where numbers beside "
        "1 are 0.0078 apart: 1 + 0.003 is 1 there, so the sum has to be taken in float32. And whoever loads Gemma's "
        "weights into a plain RMS norm multiplies by w itself, which is off by one in every channel.",
        "python -m scripts.train --normalization rmsnorm_plus_one --max_iters 60",
    ),
    Question(
        "norms",
        "What can a norm do that dynamic tanh (DyT) cannot?",
        "Take out the size of a vector. A norm divides by a number that it measures on the vector, so ten times the "
        "input gives the same output, whatever the size. DyT looks at every number by itself, with an alpha that is "
        "learned for all inputs together: starting at 0.5, it makes 0.05 of 0.1, 0.46 of 1 and 0.9999 of 10. Large "
        "numbers are squashed, as norms in trained transformers were found to do in effect, but a stream that keeps "
        "growing is pressed flat, and its gradient with it. In return no sum over the vector is needed. Its paper "
        "reports results level with norms in many models; on names it ends 0.01 behind.",
        "python -m scripts.train --normalization dyt",
    ),
    Question(
        "placements",
        "Why does pre-norm need a norm at the end?",
        "Because nothing in a pre-norm block ever norms the residual stream itself: blocks read it normed and add to "
        "it. Each of the 2L sublayers adds something, so the stream grows: if it starts at size 1 and every addition "
        "has size 1 and another direction, it leaves 20 layers at sqrt(1 + 40) = 6.4. The head would see vectors "
        "whose size depends on the depth and on how far training has got, and the logits would grow with them. One "
        "last norm fixes that size. Post-norm ends with a norm in any case, so it needs no other: the two GPT-2s here "
        "differ by 1,536 weights, which are the weight and the bias of the final norm.",
        "python -m scripts.describe gpt2 gpt2_post_norm",
    ),
    Question(
        "placements",
        "What happens to post-norm as a model gets deeper?",
        "Each norm divides the stream by its new size, and all that was in it before with it. Where a sublayer adds "
        "as much as there is, that is a factor of 1/sqrt(2) for each of 2L norms: the straight road from the "
        "embedding to the head, and the gradient's way back along it, are multiplied by 1/4096 in 12 layers; in "
        "pre-norm, by 1. Lower layers are then reached through the sublayers above them, and at the start of training "
        "the gradients near the head are large, so the first steps must be small: hence the warm-up (Xiong et al. "
        "2020). DeepNorm lets the stream weigh (2L)^(1/4) times as much, 2.2 in 12 layers, and starts with smaller "
        "weights. How bad it gets depends on the first weights: with torch's, sublayers add little at first, and 12 "
        "tiny layers with post-norm are at 2.31 after 60 steps, beside 2.29 with pre-norm.",
        "python -m scripts.train --norm_position post --n_layer 12 --init torch --max_iters 60",
    ),
    Question(
        "placements",
        "What goes wrong without any norm, and what does not?",
        "Nothing holds the size of the stream: it depends on the weights alone, and with it the size of every "
        "gradient. The start is where it shows: in an experiment with eight layers of 16 numbers, the largest loss of "
        "the first 20 steps was 4.85 without norms and 3.58 with pre-norm. In the end the two were level, 2.33 and "
        "2.36, and other seeds agree. With first weights that make every block the identity, as nanochat's do, the "
        "tiny model does without as well: 2.189 beside 2.184. With 12 layers and torch's first weights, one of two "
        "seeds gave a loss that was not a number within 12 steps. So a norm is not what makes a small model good; it "
        "is what lets a deep one start, at a high learning rate, without luck.",
        "python -m scripts.train --norm_position none",
    ),
    Question(
        "placements",
        "What does a parallel block gain, and what does it give up?",
        "Time: attention and feed-forward read the same normed stream, so neither waits for the other, the first "
        "matrices of both can be multiplied in one product, and the chain of dependent steps is half as long. The "
        "number of multiplications is the same. What it gives up is that the feed-forward of a layer sees what "
        "attention of that layer has found; it has to wait for the next layer. PaLM reports training about 15 per "
        "cent faster, with a small loss of quality at 8 billion weights and none at 62 billion. On names, after 60 "
        "steps, it is at 2.328 and the sequential block at 2.322. The code here gains no time, since it does not "
        "merge the products.",
        "python -m scripts.train --norm_position parallel --max_iters 60",
    ),
    Question(
        "positions",
        "Why can a model with ALiBi read longer texts than it was trained on?",
        "Because nothing about a position is looked up or learned: the bias is a formula of the distance, -slope * "
        "distance, and it goes on in the same way beyond the training length. It also makes distant keys fade: with "
        "the slope 1/4, a key 40 tokens back is weighted by e^-10 = 0.00005, so that such a head sees nearly the same "
        "neighbourhood in a long text as in a short one. Learned positions have no row for a new position, and rotary "
        "ones turn slow pairs by angles that never came up in training. The paper trained on 1,024 tokens and read "
        "2,048 as well as a model with sinusoidal positions that was trained on 2,048. It is weak at finding details "
        "far back, which only the heads with the smallest slopes can see: what makes it robust is that it looks "
        "nearby.",
        "python -m scripts.train --position_encoding alibi --max_iters 100",
    ),
    Question(
        "positions",
        "Why are queries and keys turned by their positions, and values not?",
        "A query and a key meet in a product, and in the product of two turned vectors only the difference of the "
        "angles is left. With q = k = (1, 0) and one radian per position, positions 5 and 3 give cos(2) = -0.42, and "
        "so do 105 and 103: the score knows the distance and nothing else about where the two are. Values meet no "
        "partner. They are added up by their weights, so a turned value would carry its absolute position into the "
        "residual stream, and nothing would turn it back. The same text a hundred tokens later would then look "
        "different to every layer above.",
        "python -m scripts.workshop.mistakes apply_rotary",
    ),
    Question(
        "positions",
        "What happens if weights trained with half-split pairs are run with interleaved ones?",
        "No error comes up: all shapes are the same, and so is the length of every query and key. But number i of a "
        "head is now turned with a partner, and by an angle, for which it was not trained, so most scores are wrong "
        "from the second token on, and the model talks nonsense. At position 0 nothing is turned, and there the two "
        "agree. Neither pairing is better, and both learn equally well from scratch: 2.322 and 2.325 after 60 steps. "
        "Reordering the rows of the query and key projections, head by head, makes one out of the other, which is "
        "what a conversion of weights has to do.",
        "python -m scripts.train --rope_interleaved true --max_iters 60",
    ),
    Question(
        "positions",
        "Why does linear scaling blur neighbours, and how do NTK scaling and YaRN avoid it?",
        "To read four times as far, linear scaling divides all angles by four. The slow pairs need that: with 64 "
        "pairs and base 10000, the slowest turns by 0.47 radians over 4,096 tokens, and more would be new to the "
        "model. The fast ones do not: the fastest turned by one radian from token to token, has come round hundreds "
        "of times, and now makes a quarter of that step, so neighbours look nearly alike. NTK scaling leaves the "
        "fastest pair alone and slows the others down more and more. YaRN leaves the pairs alone that turn 32 times "
        "or more (the first 21 of these 64), divides those that turn less than once by four, and blends in between; "
        "it also makes the scores 1.3 times larger, against a softmax that more keys have made flatter.",
        "python -m scripts.workshop.mistakes yarn_scaling",
    ),
    Question(
        "feed-forward",
        "What would happen to a feed-forward without an activation?",
        "Two matrices with nothing between them are one: down_proj(up_proj(x)) = (W_down W_up) x. The 8 C^2 weights "
        "of an ordinary feed-forward could then do no more than the C^2 of a single matrix, however wide it is "
        "inside. The activation is what makes the hidden numbers detectors, which are silent for some inputs and "
        "speak for others. In a gated feed-forward the product of two branches is not linear even without an "
        "activation: it could still multiply two views of a token (Shazeer calls this kind bilinear, and found it "
        "close to the others).",
        "python -m scripts.workshop.mistakes MLP.forward",
    ),
    Question(
        "feed-forward",
        "Why is a gated feed-forward 8/3 as wide as the stream, and not four times?",
        "To have the same number of weights, and so the same cost, as what it is compared with. An ordinary one has "
        "two matrices, 2 * C * 4C = 8 C^2; a gated one has three, and 3 * C * 8/3 C is 8 C^2 as well. At a width of "
        "768 the hidden width is 2,048 instead of 3,072, and both have 4,718,592 weights. The models `llama` and "
        "`hybrid` here differ in it, and by only 19,200 weights in all, which are the biases of 25 layer norms. Where "
        "8/3 C is no round number it is rounded up, to a multiple that suits the hardware. Shazeer, who compared them "
        "at equal cost in 2020, found gates better and offered no explanation.",
        "python -m scripts.describe llama hybrid",
    ),
    Question(
        "feed-forward",
        "When is the load balance loss least, and where does its gradient push?",
        "When tokens are spread evenly over the experts. It is E times the sum over all experts of f * P, the share "
        "of tokens that chose the expert times its mean probability. Where all are equally busy it is k, the number "
        "that each token visits; where all tokens choose the same two of eight, each with the probability 1/2, it is "
        "8. Choosing is a count and has no gradient, so only P has one: it is proportional to f, and takes "
        "probability away from busy experts in favour of idle ones. Because tokens choose the experts that they find "
        "likely, f and P rise and fall together, and as long as they do, no spread gives less than k; only contrived "
        "probabilities would. Without it a router tends to collapse: a favourite gets more tokens, learns more, and "
        "becomes more of a favourite.",
        "python -m scripts.train --ffn_type moe --balance_loss_weight 0 --max_iters 60",
    ),
    Question(
        "feed-forward",
        "Why is a mixture of experts cheap in arithmetic and expensive in memory?",
        "A token is multiplied by the weights of the k experts that it visits, and by no others; but another token "
        "may visit any of them, so all have to be there. With eight experts of which two are active, the tiny model "
        "has 865,152 weights and a token meets 256,896 of them. Knowledge can grow with the first number, and the "
        "cost of a token with the second. The price beside the memory is that work comes in small pieces: each expert "
        "gets the few tokens that chose it, so a batch has to be large before its products are, and on several GPUs "
        "tokens must be sent to their experts and back. Where routing is uneven, the busiest expert then decides how "
        "long all others wait.",
        "python -m scripts.describe nanochat_tiny --ffn_type moe",
    ),
    Question(
        "attention",
        "What is an attention sink good for?",
        "It lets a head find nothing. Softmax gives weights that sum to one, so a head that is looking for something "
        "which is not there still has to take a whole value from somewhere. Three keys that all score -5 get a third "
        "each; with a sink of 0 they get 0.02 together, because e^0 stands beside 3 * e^-5 in the sum and its share "
        "is dropped. Models without one make their own: many learn to put spare weight on the first token, and break "
        "when a window drops it from the cache (Xiao et al. 2023). gpt-oss learns one number for each head instead. "
        "In the tiny model these are 12 more weights, zero at first, when a sink counts as much as a key that fits "
        "neither well nor badly.",
        "python -m scripts.train --attention_sinks true --max_iters 100",
    ),
    Question(
        "attention",
        "What would happen if torch's is_causal were used with a cache?",
        "It lines up the first query with the first key: query t sees keys 0 to t, counted from the beginning of "
        "each. Without a cache, queries and keys are the same tokens, and that is right. With one, a single new query "
        "stands behind, say, nine remembered keys and its own; is_causal counts it as query 0 and shows it key 0 "
        "only, the oldest. No error is raised, and the model goes on writing as if it had forgotten the text. So "
        "where keys come from a cache the mask has to be made from positions: a key is visible if its position is not "
        "greater than the query's. Other libraries line up the last query with the last key, so the same word has two "
        "meanings.",
        "python -m scripts.workshop.mistakes sdpa_attention",
    ),
    Question(
        "attention",
        "How far can a model see whose layers all have a window?",
        "Farther than the window: each layer takes from W tokens, its own among them, and what those hold was taken "
        "from W tokens each by the layer below. So L layers reach L * (W - 1) tokens back, 21 for three layers and a "
        "window of 8. What comes from far away has to be handed on from token to token through vectors that have "
        "other things to hold too, so much of it is lost. That is why windows are mixed with full attention: every "
        "second layer in Gemma 2, every fourth in OLMo 3, every sixth in Gemma 3. What is saved is work and cache: "
        "among 1,024 tokens a window of 128 leaves 23 per cent of the scores, and its cache never holds more than the "
        "window.",
        "python -m scripts.train --attention_window 4 --max_iters 100",
    ),
    Question(
        "attention",
        "Why does differential attention subtract what one half of the heads finds from what the other half finds?",
        "Softmax never gives a weight of zero, so a head spreads a little over many keys that have nothing to say. If "
        "two maps spread alike, subtracting removes what they share and leaves what only the first has found. With a "
        "share of 0.8, a key on which both put 0.05 keeps 0.01, while one on which the first puts 0.6 and the second "
        "0.05 keeps 0.56: twelve times as much as the noise has become fifty-six times as much. The share starts near "
        "0.2 in the first layer and nearer to 0.8 the deeper the layer is, and is learned from there. Weights may "
        "become negative, which no softmax allows, and the result of every head is normed, since a difference may be "
        "of any size.",
        "python -m scripts.train --attention_type differential --max_iters 100",
    ),
    Question(
        "flash",
        "Why does online softmax need the running maximum, and why are old sums rescaled?",
        "Softmax is unchanged if the same number is taken off all scores, and taking off the greatest keeps "
        "exponentials at 1 or below; without that, e^89 is already infinite in float32. But a tile does not know the "
        "scores of later tiles, so the greatest seen so far has to do. When a later tile brings a greater one, the "
        "old sums are in the wrong unit: they hold e^(s - m), where e^(s - m') is wanted, and one factor, e^(m - m'), "
        "puts all of them right. A score of 1 and then one of 3: the total is 1, and then 1 * e^(1 - 3) + 1 = 1.135, "
        "which is what both at once would have given. The sum of the values gets the same factor, so the result is "
        "exact and no approximation.",
        "python -m scripts.workshop.mistakes merge_tile",
    ),
    Question(
        "flash",
        "Why does flash attention keep only the output and the logsumexp for the backward pass?",
        "Because with them every weight can be computed again when it is needed: the score from queries and keys, "
        "which are there anyway, and the weight as e^(score - logsumexp), with no second pass over the keys. The "
        "logsumexp is one number for each query, which holds both the maximum and the sum. The output is wanted "
        "because what softmax's gradient takes off in each row, the sum over all keys of weight times gain, equals "
        "d_out . out: one product for each query instead of a sum over all keys. All weights of 8 heads and 4,096 "
        "tokens would be 512 MiB in float32; the logsumexp is 128 KiB. The price is a fifth matrix product in the "
        "backward pass, where four would do if the weights had been kept.",
        "python -m scripts.workshop.mistakes tiled_backward",
    ),
    Question(
        "flash",
        "Why is flash attention faster, although it computes more?",
        "Because attention on a GPU waits for memory and not for arithmetic. An A100 can do some 312 million million "
        "operations a second in bfloat16, but its main memory moves only 1.6 to 2 million million bytes a second: for "
        "every byte that is moved, 150 to 200 operations could have been done. Plain attention writes all T x T "
        "scores to that memory and reads them back, several times. Flash keeps a tile in the small memory beside the "
        "processors until it is done with it, so only queries, keys, values and output travel. The tiled version here "
        "shows the saving in memory but not in time: each of its steps is a call into torch of its own, so it is "
        "slower than plain attention, while torch's fused kernel, which does the same, is faster.",
        "python -m scripts.benchmark attention --lengths 512 --runs 1",
    ),
    Question(
        "flash",
        "What would happen if a tile hid all of its keys from one of its queries?",
        "With a window this is common: of the queries 64 to 127 and the keys 0 to 63, query 64 sees a few keys in a "
        "window of 16, so the tile cannot be skipped, but query 100 sees none. For it, all scores of the tile are "
        "minus infinity, and so is its maximum. Minus infinity less minus infinity is not a number, and whatever is "
        "added to it later becomes one of those too. So where nothing has been seen yet any finite number is taken "
        "off instead, zero, say: e^(-inf - 0) is exactly 0, and the sums stay at 0 until a key comes that counts. "
        "Only a row that never sees a key would divide by zero in the end, and every token sees at least itself.",
        "python -m scripts.train --attention_backend tiled --max_seq_len 256 --attention_window 16 --max_iters 10",
    ),
    Question(
        "latent",
        "What does a cache keep with latent attention, and how does that compare with grouped queries?",
        "For each token and layer one latent and one rotary key, whatever the number of heads. In `d12_flash_mla` "
        "these are 256 + 32 = 288 numbers, where 12 ordinary heads of 64 keep 2 * 12 * 64 = 1,536; over 12 layers in "
        "bfloat16 that is 6,912 bytes for a token, and 36,864. Grouped queries would get there with 2.25 key/value "
        "heads, and all query heads of a group would search the same keys. Here each of the 12 heads has keys and "
        "values of its own, made from the latent by its own matrix. They are not independent: all of them together "
        "can depend on 256 numbers of the token only, apart from the rotary key, and that is the bottleneck which "
        "makes the saving.",
        "python -m scripts.describe llama d12_flash_mla",
    ),
    Question(
        "latent",
        "Why does the rotary key stand beside the latent, and is not made from it?",
        "Without a rotation, q . (W_k c) is (W_k^T q) . c: the matrix can be moved to the query, and keys need never "
        "be made. With rotary keys made from the latent, a turn that depends on the distance would stand between q "
        "and W_k, and the query would need another W_k^T R q for each key. One would have to make and turn the keys "
        "of all remembered tokens at each step, or keep turned keys in the cache, which is what was to be saved. So "
        "positions get a few numbers of their own: R of them, made from the token, turned once and kept. All heads "
        "share this key, so it costs little: 64 beside a latent of 512 in DeepSeek-V2.",
        "python -m scripts.workshop.mistakes MultiHeadLatentAttention.__init__",
    ),
    Question(
        "latent",
        "Why may queries have a latent too, although they are never cached?",
        "It saves weights, and memory in training; the cache stays as it is. Queries of all heads are many numbers: "
        "in DeepSeek-V3, 128 heads of 192 from a stream of 7,168 would take a matrix of 176 million weights. By way "
        "of a latent of 1,536 they take 11 and 38 million, 49 in all, for each layer. The DeepSeek-V2 paper names the "
        "memory of activations as its reason: what is narrow needs less room until the backward pass. The price is "
        "that all queries of a token are made from those 1,536 numbers. Where memory is not short it can be left out, "
        "as DeepSeek-V2-Lite does.",
        "python -m scripts.train --attention_type latent --qk_norm off --query_latent_rank 32 --max_iters 50",
    ),
    Question(
        "inference",
        "Why does attending to the latents themselves (absorbed) pay for few new tokens, and not for many?",
        "Only latents are kept, so `naive` has to make keys and values of all remembered tokens again at every call. "
        "For each remembered token and head that is rank * (D + Dv) multiplications once, however many new tokens "
        "there are, and then D + Dv for each of them. `absorbed` makes nothing, but its products are as long as the "
        "latent: 2 * rank for each new token (the rotary part, which both need, left out). With DeepSeek-V2's 512 and "
        "128 + 128, one new token costs 131,328 or 1,024, and a thousand cost 387,072 or 1,024,000; they meet at 170 "
        "new tokens. So a prompt is read in the naive way and writing is done in the absorbed one, with the same "
        "results.",
        "python -m scripts.workshop.mistakes MultiHeadLatentAttention.forward",
    ),
    Question(
        "inference",
        "Why does a rewound cache need no clearing?",
        "Because what a query may see is decided by positions, not by what is in the slots. A rewind only makes the "
        "lengths smaller. The slots behind them still hold old keys and values, but their positions are now in the "
        "future of every token to come, where the mask hides them. A token is written into the slot of its position "
        "before anybody attends, so when a query gets as far as that position, the slot holds what belongs there. A "
        "rolling cache has a limit, since it keeps only the last positions: what it has overwritten does not come "
        "back, so it can take back only as many tokens as it has `spare` slots for.",
        "python -m scripts.workshop.mistakes KVCache.rewind",
    ),
    Question(
        "inference",
        "Why does speculative decoding leave the distribution of the text unchanged?",
        "A token comes out in one of two ways. The draft proposes it, with probability q, and it is accepted with "
        "min(1, p/q): together min(p, q). Or a proposal is turned down and it comes as the replacement, from max(p - "
        "q, 0) scaled to sum to one; the scale is the probability of being turned down, so this way adds max(p - q, "
        "0). The two add up to p, for every token and any draft. With q = (0.8, 0.2) and p = (0.5, 0.5), the first "
        "token is accepted with 0.5 / 0.8, which gives 0.5, and the 0.3 that are turned down all go to the second: "
        "0.2 + 0.3 = 0.5. A bad draft costs time and never quality.",
        "python -m scripts.workshop.mistakes accept_draft",
    ),
    Question(
        "inference",
        "Why does top-p come after the temperature?",
        "So that it cuts the distribution which is really drawn from: top_p = 0.9 then means nine tenths of the "
        "probability that is about to be used. With the logits 2, 1 and 0, temperature 1 gives 0.67, 0.24 and 0.09, "
        "and two tokens are enough for 0.9; temperature 2 gives 0.51, 0.31 and 0.19, and all three are needed. The "
        "other way round, the cut would fall the same at every temperature, and the temperature would only even out "
        "what is left. That is a choice too, and some programs make it, so the same settings can write differently "
        "elsewhere. Top-k does not depend on the order, because temperature never changes which tokens are likelier "
        "than others.",
        "python -m scripts.train --max_iters 100 --out_dir runs/try && python -m scripts.sample runs/try --count 8 "
        "--temperature 2 --top_p 0.9",
    ),
    Question(
        "optimizers",
        "Why does Adam divide by the root of the mean of squares, and why must both means be corrected?",
        "The ratio of the two has no unit: multiply the loss by a thousand, and every step stays as it was. So one "
        "rate fits weights whose gradients are of very different sizes, and a number moves by about the rate where "
        "its gradients agree, and by less where they cancel. Both means begin at zero, though. After the first step, "
        "with betas of 0.9 and 0.999, the mean is a tenth of the gradient, and the root of the mean of squares about "
        "a thirtieth of its size: without the correction, the first step would go 3.2 times as far as the rate says, "
        "when the gradients can least be trusted. Divided by 1 - beta^t, both are what they should be from the first "
        "step on: a mean with weights that add up to one.",
        "python -m scripts.workshop.mistakes AdamW.step",
    ),
    Question(
        "optimizers",
        "Why is weight decay kept apart from the gradient, and why do some weights not decay at all?",
        "Added to the gradient, the pull towards zero is divided by the root like everything else. A weight with "
        "gradients of size 1 would decay a hundred times more slowly than one with gradients of 0.01, although nobody "
        "asked for that. AdamW takes the share lr * weight_decay off every weight instead. With a rate of 0.001 and a "
        "decay of 0.1 that is one part in ten thousand for each step, so that a weight without a gradient would be "
        "halved in some 6,900 steps. Matrices can bear it, because a norm behind them makes up for their size. The "
        "weight of a norm is where that size is set, a bias has no norm behind it, and a row of an embedding would be "
        "pulled in every step but get a gradient only when its token comes up.",
        "python -m scripts.workshop.mistakes decay_groups",
    ),
    Question(
        "optimizers",
        "Why does Muon orthogonalise its steps, and what does that cost?",
        "The gradient of a matrix is a sum of products of what came in and what went wrong, and a few directions make "
        "up nearly all of it. A step along it learns those and hardly touches the rest. With all singular values near "
        "one, rare directions get steps as large as common ones, and no number of the step depends on how large the "
        "gradients were. It keeps one number for every weight, where Adam keeps two. A square matrix of width C takes "
        "three products of C * C * C in each of the five rounds, 30 C^3 operations in all, while forward and backward "
        "pass take 6 C^2 for every token: a share of 5 C / tokens. At a width of 768 and half a million tokens to a "
        "step that is less than one per cent. For a batch of 512 tokens it would be more than the training itself.",
        "python -m scripts.workshop.mistakes newton_schulz",
    ),
    Question(
        "optimizers",
        "What does a trapezoidal schedule give that a cosine does not?",
        "Freedom about the end. A cosine is below its peak from the first step on, by an amount that depends on how "
        "long the training will be: stop it early and the rate has not come down, go on after it and there is none "
        "left. So each length needs a training of its own. On the level part of a trapezoid nothing depends on the "
        "end. One long training can be branched off wherever a finished model is wanted, at the price of a short fall "
        "from there; much of what the loss gains, it gains in that fall, since large steps only bounce to and fro "
        "where small ones go down. At the same peak the mean rate is 0.8 for a fall over the last 40% and 0.5 for a "
        "cosine, so that peaks that were tuned for one do not fit the other.",
        "python -m scripts.workshop.mistakes trapezoidal",
    ),
)

//! Codecs of applications.

use std::error::Error;

use larder_core::envelope::CodecId;

/// A codec of the application's own, for the values of one type.
///
/// For types whose bytes another library makes and reads, such as protobuf messages or arrays of vectors. A cache writes with
/// it and reads what it wrote; what another codec wrote under the same name is read by that codec, so that a cache can change
/// its codec while it runs, and a node without this one has a miss and leaves the value alone.
///
/// The bytes that it is given are whole and were written by a codec of its number; after a change of the codec they may be of an
/// earlier form, so that one that cannot tell them apart takes another number or another [`schema`](crate::CacheBuilder::schema).
/// It bounds by itself how deep and how large what it reads becomes.
///
/// # Errors
/// What it cannot write stays in this process; what it cannot read is a miss. Its own errors are shown nowhere, for they may
/// quote the value. A panic counts as an error.
///
/// # Examples
/// ```
/// use std::error::Error;
///
/// use larder_cache::{ApplicationCodec, Larder};
/// use larder_core::envelope::CodecId;
///
/// /// Vectors as four bytes a number.
/// struct Floats;
///
/// impl ApplicationCodec<Vec<f32>> for Floats {
///     fn id(&self) -> CodecId {
///         CodecId(16)
///     }
///
///     fn encode(&self, vector: &Vec<f32>) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
///         Ok(vector.iter().flat_map(|number| number.to_le_bytes()).collect())
///     }
///
///     fn decode(&self, payload: &[u8]) -> Result<Vec<f32>, Box<dyn Error + Send + Sync>> {
///         let (numbers, []) = payload.as_chunks() else { return Err("not whole numbers".into()) };
///         Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
///     }
/// }
///
/// let larder = Larder::builder().build()?;
/// let vectors = larder.cache::<Vec<f32>>("vectors").application_codec(Floats).build()?;
/// # Ok::<(), larder_core::Error>(())
/// ```
pub trait ApplicationCodec<V>: Send + Sync + 'static {
    /// Its number in the envelope: [16](CodecId::APPLICATION) or more, the same for as long as anything that it wrote is read.
    fn id(&self) -> CodecId;

    /// `value` as bytes.
    ///
    /// # Errors
    /// It has no form for this value.
    fn encode(&self, value: &V) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

    /// The value that was encoded as `payload`.
    ///
    /// # Errors
    /// `payload` is no value that this codec wrote.
    fn decode(&self, payload: &[u8]) -> Result<V, Box<dyn Error + Send + Sync>>;
}
